/**
 * Escapes control characters and newlines. Texts of manifests, commands and file names are untrusted: an escape sequence
 * could overwrite earlier output or the title of the terminal.
 */
export function plain(text: string): string {
  return text.replace(CONTROLS, escaped);
}

/** The same, but keeps newlines. */
export function plainLines(text: string): string {
  return text.replace(CONTROLS, (character) => (character === '\n' ? character : escaped(character)));
}

/** Controls (C0, DEL and C1), and characters that change the direction of text. */
const CONTROLS = /[\p{Cc}\p{Bidi_Control}]/gu;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
