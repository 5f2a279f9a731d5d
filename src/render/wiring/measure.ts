import { plain } from '../plain.ts';

/**
 * Estimates the width of a text without a font, so that a picture is the same on every machine. Monospaced fonts are about
 * 0.6 of their size wide; East Asian characters and pictographs take two columns.
 */
export function widthOf(text: string, size: number): number {
  return columnsOf(plain(text)) * size * 0.605;
}

/** Shortens a text to a width, with an ellipsis. */
export function fitted(text: string, size: number, width: number): string {
  const whole = plain(text);
  const room = Math.floor(width / (size * 0.605));
  if (columnsOf(whole) <= room) return whole;
  let taken = 0;
  let kept = '';
  for (const character of whole) {
    taken += columnsOf(character);
    if (taken > room - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

/** Breaks a sentence into lines of a width, between words where possible. */
export function wrapped(text: string, size: number, width: number): string[] {
  const lines: string[] = [];
  for (const word of plain(text).split(' ')) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && widthOf(longer, size) <= width) lines[lines.length - 1] = longer;
    else lines.push(fitted(word, size, width));
  }
  return lines;
}

function columnsOf(text: string): number {
  let count = 0;
  for (const character of text) count += WIDE.test(character) ? 2 : ZERO_WIDTH.test(character) ? 0 : 1;
  return count;
}

const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Extended_Pictographic}\uFF00-\uFF60]/u;
const ZERO_WIDTH = /\p{Mn}|\p{Me}|\u200D|\uFE0F/u;
