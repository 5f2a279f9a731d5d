/**
 * A document with new content between its marks `<!-- NAME: … -->` and `<!-- /NAME -->`. Throws unless it has exactly one such
 * pair: a document that has lost its marks must not look like one that is up to date.
 */
export function withSection(document: string, name: string, content: string): string {
  const section = new RegExp(`(<!-- ${name}: .*? -->\n)[\\s\\S]*?(<!-- /${name} -->)`, 'g');
  const found = document.match(section)?.length ?? 0;
  if (found !== 1) throw new Error(`${found} sections of the name “${name}”, where there should be one`);
  return document.replace(section, (_, begin: string, end: string) => `${begin}\n${content}\n\n${end}`);
}
