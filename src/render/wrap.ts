import wrapAnsi from 'wrap-ansi';

/** Wraps lines at a width. Continuation lines are indented by two more than their first line. */
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
