import type { Palette } from '../render/palette.ts';
import { plain, plainLines } from '../render/plain.ts';
import { type Cell, table } from '../render/table.ts';
import { wrapped } from '../render/wrap.ts';
import type { Explained } from '../transcript/explain.ts';
import type { Row, Cell as Value } from './lab.ts';
import type { Reporter } from './run-lab.ts';

/** One system call or command of a step, the equivalent shell lines, and what they are for: a batch has many. */
export interface ExplainedCall {
  readonly call: string;
  readonly lines: Explained['lines'];
}

/** How a lab is printed as text. */
export interface TextReporterOptions {
  write(text: string): void;
  /** Clears the screen. */
  clear(): void;
  readonly colors: Palette;
  /** Returns the calls since its last invocation. */
  takeCalls(): readonly ExplainedCall[];
  /** The size of the terminal, when each step clears the screen. Undefined: continuous output. */
  readonly screen?: { readonly rows: number; readonly columns: number };
}

/** Prints a lab as text: continuous, or one screen per step. */
export function openTextReporter({ write, clear, colors, takeCalls, screen }: TextReporterOptions): Reporter {
  const { bold, dim, green, red, cyan, yellow } = colors;
  const line = (text = '') => write(`${screen ? wrapped(text, screen.columns) : text}\n`);
  // On a small screen only the first calls are printed, so that the evidence fits.
  const maxCalls = screen ? Math.max(2, Math.floor((screen.rows - 16) / 4)) : MAX_CALLS;
  return {
    begins({ title, goal, drawing }) {
      line(bold(title));
      line(goal);
      line(dim(drawing.replace(/^\n|\n\s*$/g, '')));
    },
    step({ goal }, number, of) {
      takeCalls();
      if (screen) clear();
      line();
      line(`${bold(`${number}/${of}`)}  ${bold(goal)}`);
    },
    acted() {
      const calls = takeCalls();
      for (const { call, lines } of calls.slice(0, maxCalls)) {
        line(`  ${plain(call)}`);
        for (const { shell, purpose } of lines.slice(0, screen ? 1 : MAX_LINES)) {
          const text = shell === undefined ? [] : plainLines(shell).split('\n');
          for (const each of text.slice(0, MAX_LINES)) line(`    ${cyan(`$ ${each}`)}`);
          if (text.length > MAX_LINES) line(`      ${dim(`… ${text.length - MAX_LINES} lines more`)}`);
          if (purpose) line(`    ${dim(`# ${plain(purpose)}`)}`);
        }
      }
      if (calls.length > maxCalls) line(`  ${dim(`… and ${calls.length - maxCalls} more`)}`);
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
      const comment =
        guess === answer
          ? green('as predicted')
          : guess === undefined
            ? ''
            : yellow(`your prediction: ${plain(guess)}`);
      line(`  ${question}  ${bold(plain(answer))}  ${comment}`.trimEnd());
    },
    ends({ title }, failed) {
      line();
      line(
        failed === 0 ? green(`${title}: all checks hold`) : red(`${title}: ${failed} of the checks failed`),
      );
    },
  };
}

const MAX_CALLS = 8;
const MAX_LINES = 6;

/**
 * Formats a table. A cell that differs from the previous step's is marked. A table that is wider than the screen is
 * transposed: two processes with eight kinds become eight rows.
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
