import type { Palette } from '../render/palette.ts';
import { plain, plainLines } from '../render/plain.ts';
import { type Cell, table } from '../render/table.ts';
import { wrapped } from '../render/wrap.ts';
import type { Row, Cell as Value } from './lab.ts';
import type { Reporter } from './run-lab.ts';

/** One thing that a step has asked of the kernel: the call, and the shell lines that do the same. */
export interface Asked {
  readonly call: string;
  readonly shell: readonly string[];
}

/** How a lab is told to somebody who reads. */
export interface Manner {
  write(text: string): void;
  /** Clears the screen. */
  clear(): void;
  readonly colors: Palette;
  /** What was asked of the kernel since this was last called. */
  asked(): readonly Asked[];
  /** The rows and columns of a screen that each step has to itself; undefined: it all goes on and on. */
  readonly screen?: { readonly rows: number; readonly columns: number };
}

/** A lab as text: plain in a pipe, one screen a step on a terminal. */
export function openTextReporter({ write, clear, colors, asked, screen }: Manner): Reporter {
  const { bold, dim, green, red, cyan, yellow } = colors;
  const line = (text = '') => write(`${screen ? wrapped(text, screen.columns) : text}\n`);
  // A small screen has room for the evidence, and for the first of the calls.
  const most = screen ? Math.max(2, Math.floor((screen.rows - 16) / 3)) : MOST_CALLS;
  return {
    begins({ title, goal, drawing }) {
      line(bold(title));
      line(goal);
      line(dim(drawing.replace(/^\n|\n\s*$/g, '')));
    },
    step({ goal }, number, of) {
      asked();
      if (screen) clear();
      line();
      line(`${bold(`${number}/${of}`)}  ${bold(goal)}`);
    },
    acted() {
      const all = asked();
      for (const { call, shell } of all.slice(0, most)) {
        line(`  ${plain(call)}`);
        const lines = shell.flatMap((each) => plainLines(each).split('\n'));
        for (const each of lines.slice(0, MOST_LINES)) line(`    ${cyan(`$ ${each}`)}`);
        if (lines.length > MOST_LINES) line(`      ${dim(`… ${lines.length - MOST_LINES} lines more`)}`);
      }
      if (all.length > most) line(`  ${dim(`… and ${all.length - most} more`)}`);
    },
    evidence(now, before, titles) {
      for (const [id, rows] of Object.entries(now)) {
        line(`  ${dim(titles[id] ?? id)}`);
        write(`${indent(rowsText(rows, before[id] ?? [], colors, screen?.columns))}\n`);
      }
    },
    checked({ says }, fault) {
      line(
        fault === undefined
          ? `  ${green('ok')}  ${says}`
          : `  ${red('not ok')}  ${says}\n          ${red(plain(fault))}`,
      );
    },
    predicted({ question }, guess, answer) {
      const right =
        guess === answer
          ? green('as you said')
          : guess === undefined
            ? ''
            : yellow(`you said: ${plain(guess)}`);
      line(`  ${question}  ${bold(plain(answer))}  ${right}`.trimEnd());
    },
    ends({ title }, failed) {
      line();
      line(
        failed === 0 ? green(`${title}: all checks hold`) : red(`${title}: ${failed} of the checks failed`),
      );
    },
  };
}

const MOST_CALLS = 8;
const MOST_LINES = 6;

/**
 * A small table; a cell that was another before, in the same row of the same table, is marked. What is too wide for the
 * screen is turned: eight kinds of two processes are eight rows.
 */
function rowsText(
  rows: readonly Row[],
  before: readonly Row[],
  colors: Palette,
  columns = Number.POSITIVE_INFINITY,
): string {
  const [first] = rows;
  if (!first) return colors.dim('(none)');
  const heads = Object.keys(first);
  const cells = rows.map((row) => cellsOf(row, heads, before, colors.yellow));
  const text = table(heads, cells);
  const width = Math.max(...text.split('\n').map((line) => line.length));
  if (width + 4 <= columns) return text;
  const turned = heads.map((head, column) => [head, ...cells.map((row) => row[column] ?? '')]);
  return table([], turned, false);
}

function cellsOf(
  row: Row,
  heads: readonly string[],
  before: readonly Row[],
  mark: (text: string) => string,
): Cell[] {
  const [key = ''] = heads;
  const earlier = before.find((other) => other[key] === row[key]);
  return heads.map((head) => {
    const now = cellText(row[head]);
    const changed = earlier !== undefined && head in earlier && earlier[head] !== row[head];
    return changed ? { lines: [`${cellText(earlier[head])} → ${now}`], paint: mark } : now;
  });
}

function cellText(cell: Value | undefined): string {
  if (cell === true) return 'yes';
  if (cell === false) return 'no';
  return String(cell ?? '-');
}

function indent(text: string): string {
  return text.replace(/^/gm, '    ');
}
