import { plain } from './plain.ts';

/** Escapes a text for content and attributes of XML and HTML. Characters that XML forbids are replaced. */
export function xml(text: string): string {
  return plain(text)
    .replace(/[\uD800-\uDFFF\uFFFE\uFFFF]/gu, '\uFFFD')
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
