import widthOf from 'fast-string-width';

/** Rows as kubectl prints them: no borders, columns three spaces apart, a heading in capitals unless left out. */
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

/** Once measured: of a thousand rows that is most of the work. */
interface Piece {
  readonly text: string;
  /** In columns of the terminal: colours take none, some characters two. */
  readonly width: number;
}

/** A cell may have several lines: beside its further ones the others are blank. */
function linesOf(row: readonly string[]): Piece[][] {
  const cells = row.map((cell) => cell.split('\n'));
  const height = Math.max(0, ...cells.map(({ length }) => length));
  const piece = (text = ''): Piece => ({ text, width: widthOf(text) });
  return Array.from({ length: height }, (_, at) => cells.map((lines) => piece(lines[at])));
}
