/**
 * Escapes control characters and newlines. Texts of manifests, commands, interface names and logs are untrusted: an escape
 * sequence could overwrite earlier output or the title of the terminal.
 */
export function plain(text: string): string {
  return text.replace(CONTROLS, escaped);
}

/** The same, but keeps newlines. */
export function plainLines(text: string): string {
  return text.replace(CONTROLS, (character) => (character === '\n' ? character : escaped(character)));
}

/** The same for the output of programs: newlines and tabs are kept, and CRLF becomes a newline. */
export function plainLog(text: string): string {
  return text
    .replace(/\r\n/g, '\n')
    .replace(CONTROLS, (it) => (it === '\n' || it === '\t' ? it : escaped(it)));
}

/** Escapes everything except newlines and nslab's own colours, and these only if `colored`: the last check before output. */
export function plainButForColors(text: string, colored: boolean): string {
  if (!colored) return plainLines(text);
  return text
    .split(COLORS)
    .map((part, at) => (at % 2 === 1 ? part : plainLines(part)))
    .join('');
}

/** Whether the text has no control character. */
export function isPlain(text: string): boolean {
  return text.search(CONTROLS) < 0;
}

/** Controls (C0, DEL and C1), and characters that change the direction of text. */
const CONTROLS = /[\p{Cc}\p{Bidi_Control}]/gu;

/** Bold, dim, six colours and their ends: the codes of nslab's palette. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern matches control characters
const COLORS = /(\x1b\[(?:0|1|2|22|3[1-6]|39)m)/;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
