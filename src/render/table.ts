import Table from 'cli-table3';

/** Rows as kubectl prints them: no borders, columns three spaces apart, a heading in capitals unless left out. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], headers = true): string {
  const blank = Object.fromEntries(PARTS.map((part) => [part, '']));
  const grid = new Table({
    chars: { ...blank, middle: '   ' },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
  });
  if (headers) grid.push([...head]);
  grid.push(...rows.map((row) => [...row]));
  return grid.toString().replace(/[ \t]+$/gm, '');
}

const PARTS = [
  ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
  ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'],
];
