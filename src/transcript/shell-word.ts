/**
 * Quotes a word for a POSIX shell, where it needs quotes: inside single quotes only their end has a meaning. Control characters, on which the
 * terminal that shows the line would act, are left to printf(1), whose octal escapes every shell knows.
 */
export function shellWord(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  if (!ACTED_ON.test(word)) return quoted(word);
  // A shell takes newlines from the end of what it substitutes: they stand after it.
  const [, text = '', end = ''] = /^(.*?)(\n*)$/s.exec(word) ?? [];
  const format = text
    .replace(/[\\%]/g, '$&$&')
    .replace(/^-/, octal)
    .replace(/[\p{Cc}\p{Bidi_Control}]/gu, octal);
  return `"$(printf ${quoted(format)})${end}"`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function octal(character: string): string {
  return [...Buffer.from(character)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
}

/** A newline and a tab are only themselves. */
const ACTED_ON = /(?![\t\n])[\p{Cc}\p{Bidi_Control}]/u;
