import { plain, plainLog } from './plain.ts';

/** A text as content or attribute of XML and HTML. What these cannot hold at all is shown as it is for a terminal. */
export function xml(text: string): string {
  return escaped(plain(text));
}

/** The same for a text with lines and tabs of its own, as a script is. */
export function xmlLines(text: unknown): string {
  return escaped(plainLog(String(text)));
}

function escaped(text: string): string {
  return text
    .replace(/[\uD800-\uDFFF\uFFFE\uFFFF]/gu, '\uFFFD')
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
