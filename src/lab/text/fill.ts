/** What stands in a sentence. */
export type Values = Readonly<Record<string, string | number>>;

/** Puts values in place of `{name}`. */
export function fill(sentence: string, values: Values): string {
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
