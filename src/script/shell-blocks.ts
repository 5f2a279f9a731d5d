/** A shell function's name for a workload or network. Unique: its name is a DNS label, which has no underscore. */
export function functionName(verb: string, name: string): string {
  return `${verb}_${name.replaceAll('-', '_')}`;
}

/** A block of the script, without the line breaks around it. */
export function block(text: string): string {
  return text.replace(/^\n|\n$/g, '');
}

/** A shell function. Indents the first line of each element: later lines may be in a here-document or in quotes. */
export function shellFunction(name: string, lines: readonly string[]): string {
  return `${name}() {\n${lines.map((line) => `  ${line}`).join('\n')}\n}`;
}
