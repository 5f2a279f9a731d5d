import widthOf from 'fast-string-width';
import { plain } from './plain.ts';

/** A cell: a text, or lines with a colour. */
export type Cell = string | { readonly lines: readonly string[]; readonly paint?: Paint };

type Paint = (text: string) => string;

/**
 * A table as kubectl prints it: no borders, three spaces between columns, an optional header line. The texts are untrusted:
 * control characters and newlines in them are escaped, and only a cell with `lines` has several lines.
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

/** Measured once: with a thousand rows, measuring takes most of the time. */
interface MeasuredText {
  readonly text: string;
  /** In columns of the terminal: colour codes take none, wide characters two. */
  readonly width: number;
}

/** Splits a row into lines: a cell may have several, and the other cells are then blank. */
function linesOf(row: readonly Cell[]): MeasuredText[][] {
  const cells = row.map((cell) => (typeof cell === 'string' ? { lines: [cell] } : cell));
  const height = Math.max(0, ...cells.map(({ lines }) => lines.length));
  return Array.from({ length: height }, (_, at) => cells.map((cell) => measured(cell, at)));
}

function measured({ lines, paint = String }: Exclude<Cell, string>, at: number): MeasuredText {
  const text = plain(lines[at] ?? '');
  return { text: text === '' ? '' : paint(text), width: widthOf(text) };
}
