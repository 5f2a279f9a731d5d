import { plain, plainLog } from './plain.ts';

/** Escapes a text for content and attributes of XML and HTML. Characters that XML forbids are replaced. */
export function xml(text: string): string {
  return escaped(plain(text));
}

/** The same for a text with lines and tabs, such as a script. */
export function xmlLines(text: unknown): string {
  return escaped(plainLog(String(text)));
}

function escaped(text: string): string {
  return text
    .replace(/[\uD800-\uDFFF\uFFFE\uFFFF]/gu, '\uFFFD')
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
