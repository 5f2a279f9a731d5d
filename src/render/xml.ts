import { plain } from './plain.ts';

/** A text as content or attribute of XML and HTML. What these cannot hold at all is shown as it is for a terminal. */
export function xml(text: string): string {
  return plain(text)
    .replace(/[\uD800-\uDFFF\uFFFE\uFFFF]/gu, '\uFFFD')
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
