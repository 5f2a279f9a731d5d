/** A workload's name as a part of a function's: a DNS label has no underscore, so that none meets another. */
export function functionName(verb: string, workload: string): string {
  return `${verb}_${workload.replaceAll('-', '_')}`;
}

/** A block of the script: its lines without what surrounds them. */
export function block(text: string): string {
  return text.replace(/^\n|\n$/g, '');
}

/** The lines of a function's body, further in; what stands in a here-document or in quotes stays where it is. */
export function shellFunction(name: string, lines: readonly string[]): string {
  return `${name}() {\n${lines.map((line) => `  ${line}`).join('\n')}\n}`;
}
