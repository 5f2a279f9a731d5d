/**
 * A text for a terminal, on one line. Control characters are shown instead of acted on: a manifest, a command, an interface name or a log
 * may come from anyone, and an escape sequence can repaint what was printed before it, or the title, or more.
 */
export function plain(text: string): string {
  return text.replace(ACTED_ON, escaped);
}

/** The same for a text that has lines of its own. */
export function plainLines(text: string): string {
  return text.replace(ACTED_ON, (character) => (character === '\n' ? character : escaped(character)));
}

/** The same for what programs and people write: lines, ended by either system, with tabs in them. */
export function plainLog(text: string): string {
  return text
    .replace(/\r\n/g, '\n')
    .replace(ACTED_ON, (it) => (it === '\n' || it === '\t' ? it : escaped(it)));
}

/**
 * What nslab itself has composed, with its own colours in it. Whatever a renderer has let through, no terminal acts on anything but
 * these colours, and only where there are any.
 */
export function plainButForColors(text: string, colored: boolean): string {
  if (!colored) return plainLines(text);
  return text
    .split(COLORS)
    .map((part, at) => (at % 2 === 1 ? part : plainLines(part)))
    .join('');
}

/** Whether a terminal would do anything with it but show it. */
export function isPlain(text: string): boolean {
  return text.search(ACTED_ON) < 0;
}

/** Controls (C0, DEL and C1), and what turns the direction of the text. */
const ACTED_ON = /[\p{Cc}\p{Bidi_Control}]/gu;

/** Bold, dim, six colours, and back: all that a palette of ours writes. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const COLORS = /(\x1b\[(?:0|1|2|22|3[1-6]|39)m)/;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
