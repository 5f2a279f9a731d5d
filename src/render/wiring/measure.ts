import { plain } from '../plain.ts';

/**
 * How wide a text is, without a font at hand: a picture that is the same on every machine cannot ask for one. Every
 * monospaced font that browsers have is about 0.6 of its size wide; East Asian characters and pictures take two places.
 */
export function widthOf(text: string, size: number): number {
  return places(plain(text)) * size * 0.605;
}

/** As much of a text as fits, with an ellipsis where something is missing. */
export function fitted(text: string, size: number, width: number): string {
  const whole = plain(text);
  const room = Math.floor(width / (size * 0.605));
  if (places(whole) <= room) return whole;
  let taken = 0;
  let kept = '';
  for (const character of whole) {
    taken += places(character);
    if (taken > room - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

/** A sentence in lines that fit, broken between words where that is possible. */
export function wrapped(text: string, size: number, width: number): string[] {
  const lines: string[] = [];
  for (const word of plain(text).split(' ')) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && widthOf(longer, size) <= width) lines[lines.length - 1] = longer;
    else lines.push(fitted(word, size, width));
  }
  return lines;
}

function places(text: string): number {
  let count = 0;
  for (const character of text) count += WIDE.test(character) ? 2 : NOTHING.test(character) ? 0 : 1;
  return count;
}

const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Extended_Pictographic}\uFF00-\uFF60]/u;
const NOTHING = /\p{Mn}|\p{Me}|\u200D|\uFE0F/u;
