import widthOf from 'fast-string-width';
import { plain } from './plain.ts';

/** What stands in a column: a text, or one with lines or colours of nslab's own. */
export type Cell = string | { readonly lines: readonly string[]; readonly paint?: Paint };

type Paint = (text: string) => string;

/**
 * Rows as kubectl prints them: no borders, columns three spaces apart, a heading in capitals unless left out. A cell's text may come from
 * anyone: control characters and newlines in it are shown, and only a cell that says so has several lines.
 */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[], headers = true): string {
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

/** Beside the further lines of a cell that has several the others are blank. */
function linesOf(row: readonly Cell[]): Piece[][] {
  const cells = row.map((cell) => (typeof cell === 'string' ? { lines: [cell] } : cell));
  const height = Math.max(0, ...cells.map(({ lines }) => lines.length));
  return Array.from({ length: height }, (_, at) => cells.map((cell) => pieceOf(cell, at)));
}

function pieceOf({ lines, paint = String }: Exclude<Cell, string>, at: number): Piece {
  const text = plain(lines[at] ?? '');
  return { text: text === '' ? '' : paint(text), width: widthOf(text) };
}
