/** Quotes a word for a POSIX shell, where it needs quotes: inside single quotes only their end has a meaning. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
