/**
 * What `ip -j` prints. It does not escape what others may have put into a link's name or alias, and that is no JSON: one such link
 * must not keep nslab from reading the others.
 */
export function parseToolJson<T>(text: string): T {
  try {
    return JSON.parse(text) as T;
  } catch {
    return JSON.parse(text.trim().replace(CONTROLS, escaped)) as T;
  }
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const CONTROLS = /[\u0000-\u001f]/g;
