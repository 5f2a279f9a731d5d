/**
 * Quotes a word for a POSIX shell if it needs quotes: inside single quotes only their end has a meaning. Control characters and bytes that are not UTF-8
 * become octal escapes of printf(1), which every shell knows: a terminal that shows the line would act on them.
 */
export function shellWord(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  if (!CONTROLS.test(word)) return quoted(word);
  // A command substitution drops trailing newlines: they follow it.
  const [, text = '', end = ''] = /^(.*?)(\n*)$/s.exec(word) ?? [];
  const format = text
    .replace(/[\\%]/g, '$&$&')
    .replace(/^-/, octal)
    .replace(/[\p{Cc}\p{Bidi_Control}\p{Cs}]/gu, octal);
  return `"$(printf ${quoted(format)})${end}"`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function octal(character: string): string {
  return bytesOf(character)
    .map((byte) => `\\${byte.toString(8).padStart(3, '0')}`)
    .join('');
}

/** Half of a surrogate pair stands for a byte that is not UTF-8. src/sys/bytes.ts */
function bytesOf(character: string): number[] {
  const isByte = /\p{Cs}/u.test(character);
  return isByte ? [character.charCodeAt(0) & 0xff] : [...Buffer.from(character)];
}

/** Control characters except newline and tab, and bytes that are not UTF-8. */
const CONTROLS = /(?![\t\n])[\p{Cc}\p{Bidi_Control}\p{Cs}]/u;
