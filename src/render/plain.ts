/**
 * A text for a terminal, on one line. What a terminal would act on is shown instead of done: a manifest, a command or a file
 * name may come from anybody, and an escape sequence can repaint what was said before, or the title, or more.
 */
export function plain(text: string): string {
  return text.replace(ACTED_ON, escaped);
}

/** The same for a text that has lines of its own. */
export function plainLines(text: string): string {
  return text.replace(ACTED_ON, (character) => (character === '\n' ? character : escaped(character)));
}

/** Controls (C0, DEL and C1), and what turns the direction of the text. */
const ACTED_ON = /[\p{Cc}\p{Bidi_Control}]/gu;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
