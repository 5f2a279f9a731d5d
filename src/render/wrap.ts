import wrapAnsi from 'wrap-ansi';

/** Lines for a terminal so wide: what goes on in the next line is set in two more than the line that it belongs to. */
export function wrapped(text: string, columns: number): string {
  return text
    .split('\n')
    .map((line) => {
      const indent = /^ */.exec(line)?.[0] ?? '';
      const width = Math.max(20, columns - indent.length - 2);
      const [first = '', ...rest] = wrapAnsi(line.slice(indent.length), width, {
        hard: true,
        trim: true,
      }).split('\n');
      return [indent + first, ...rest.map((part) => `${indent}  ${part}`)].join('\n');
    })
    .join('\n');
}
