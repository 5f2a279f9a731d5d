import widthOf from 'fast-string-width';

/** A table as kubectl prints it: no borders, three spaces between columns, an optional header line. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], headers = true): string {
  const lines = (headers ? [head, ...rows] : rows).flatMap(linesOf);
  const widths: number[] = [];
  for (const line of lines)
    for (const [at, { width }] of line.entries()) widths[at] = Math.max(widths[at] ?? 0, width);
  return lines
    .map((line) => line.map(({ text, width }, at) => text + ' '.repeat((widths[at] ?? 0) - width)))
    .map((cells) => cells.join('   ').replace(/[ \t]+$/, ''))
    .join('\n');
}

/** Measured once: with a thousand rows, measuring takes most of the time. */
interface MeasuredText {
  readonly text: string;
  /** In columns of the terminal: colour codes take none, wide characters two. */
  readonly width: number;
}

/** Splits a row into lines: a cell may have several, and the other cells are then blank. */
function linesOf(row: readonly string[]): MeasuredText[][] {
  const cells = row.map((cell) => cell.split('\n'));
  const height = Math.max(0, ...cells.map(({ length }) => length));
  const measured = (text = ''): MeasuredText => ({ text, width: widthOf(text) });
  return Array.from({ length: height }, (_, at) => cells.map((lines) => measured(lines[at])));
}
