/** Text for man(7): nothing in it is an escape or a request. */
export function text(words: string): string {
  return words
    .replace(/\\/g, '\\e')
    .replace(/-/g, '\\-')
    .replace(/^([.'])/gm, '\\&$1')
    .replace(
      /[^\0-\x7f]/gu,
      (character) => `\\[u${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}]`,
    );
}

export function bold(words: string): string {
  return `\\fB${text(words)}\\fR`;
}

export function section(title: string, ...lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`.SH ${text(title)}`, ...lines];
}

/** A term, and below it, indented, what it means. */
export function entry(term: string, meaning: string): string[] {
  return ['.TP', term, text(meaning)];
}
