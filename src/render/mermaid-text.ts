import { plain } from './plain.ts';

/** Escapes a text with Mermaid's entity codes (`#35;` is `#`): other characters could end the string or be a tag. */
export function mermaidText(raw: string): string {
  return plain(raw).replace(/[^\p{L}\p{N} .,:/[\]()@=+-]/gu, (character) => `#${character.codePointAt(0)};`);
}
