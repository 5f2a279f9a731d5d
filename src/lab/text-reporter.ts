import widthOf from 'fast-string-width';
import type { Palette } from '../render/palette.ts';
import { plain, plainLines } from '../render/plain.ts';
import { type Cell, table } from '../render/table.ts';
import { wrapped } from '../render/wrap.ts';
import type { Explained } from '../transcript/explain.ts';
import type { Row, Cell as Value } from './lab.ts';
import type { Reporter } from './run-lab.ts';
import { fill } from './text/fill.ts';
import type { Words } from './text/words.ts';

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
  readonly words: Words;
  /** The width of the terminal, where it is one. */
  readonly columns?: number | undefined;
  /** The lines of the terminal, when each step clears the screen. Undefined: continuous output. */
  readonly rows?: number | undefined;
}

/** Prints a lab as text: continuous, or one screen per step. */
export function openTextReporter(options: TextReporterOptions): Reporter {
  const { write, clear, colors, takeCalls, words, columns, rows: screen } = options;
  const { bold, dim, green, red, cyan, yellow } = colors;
  const line = (text = '') => write(`${columns ? wrapped(text, columns) : text}\n`);
  // On a small screen only the first calls are printed, so that the evidence fits.
  const maxCalls = screen ? Math.max(2, Math.floor((screen - 16) / 4)) : MAX_CALLS;
  return {
    begins({ title, goal, drawing }) {
      line(bold(title));
      line(goal);
      // Never folded: its lines hang together.
      write(`${dim(drawing.replace(/^\n|\n\s*$/g, ''))}\n`);
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
          if (text.length > MAX_LINES)
            line(`      ${dim(fill(words.moreLines, { count: text.length - MAX_LINES }))}`);
          if (purpose) line(`    ${dim(`# ${plain(purpose)}`)}`);
        }
      }
      if (calls.length > maxCalls)
        line(`  ${dim(fill(words.moreCalls, { count: calls.length - maxCalls }))}`);
    },
    evidence(now, before, titles) {
      for (const [id, rows] of Object.entries(now)) {
        line(`  ${dim(titles[id] ?? id)}`);
        write(`${indent(rowsText(rows, before[id] ?? [], { ...options, width: columns }))}\n`);
      }
    },
    checked({ says }, fault) {
      line(
        fault === undefined
          ? `  ${green(words.ok)}  ${says}`
          : `  ${red(words.notOk)}  ${says}\n          ${red(plain(fault))}`,
      );
    },
    predicted({ question, label }, guess, answer) {
      const comment =
        guess === answer
          ? green(words.asPredicted)
          : guess === undefined
            ? ''
            : yellow(fill(words.yourPrediction, { guess: plain(label(guess)) }));
      line(`  ${question}  ${bold(plain(label(answer)))}  ${comment}`.trimEnd());
    },
    explained({ why }) {
      line(`  ${bold(words.why)} ${why}`);
    },
    ends({ title }, outcome) {
      const { ran, of, holding, failed, asked, right, left } = outcome;
      line();
      if (left && ran === 0) line(yellow(fill(words.leftAtFirst, { title })));
      else if (left) line(yellow(fill(words.leftAfter, { title, ran, of, holding, failed })));
      else if (failed > 0) line(red(fill(words.someFailed, { title, failed })));
      else line(green(fill(words.allHold, { title })));
      if (asked > 0) line(fill(words.score, { right, asked }));
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
  { colors, words, width = Number.POSITIVE_INFINITY }: TableOptions,
): string {
  const [first] = rows;
  if (!first) return colors.dim(words.none);
  const heads = Object.keys(first);
  const cells = rows.map((row) => cellsOf(row, heads, before, { mark: colors.yellow, words }));
  const text = table(heads, cells);
  if (Math.max(...text.split('\n').map((line) => widthOf(line))) + 4 <= width) return text;
  const turned = heads.map((head, column) => [head, ...cells.map((row) => row[column] ?? '')]);
  return table([], turned, false);
}

interface TableOptions {
  readonly colors: Palette;
  readonly words: Words;
  readonly width?: number | undefined;
}

function cellsOf(
  row: Row,
  heads: readonly string[],
  before: readonly Row[],
  { mark, words }: { mark(text: string): string; words: Words },
): Cell[] {
  const [key = ''] = heads;
  const earlier = before.find((other) => other[key] === row[key]);
  return heads.map((head) => {
    const now = cellText(row[head], words);
    const changed = earlier !== undefined && head in earlier && earlier[head] !== row[head];
    return changed ? { lines: [`${cellText(earlier[head], words)} → ${now}`], paint: mark } : now;
  });
}

function cellText(cell: Value | undefined, { choices }: Words): string {
  if (typeof cell === 'boolean') return choices[cell ? 'yes' : 'no'] ?? String(cell);
  return String(cell ?? '-');
}

function indent(text: string): string {
  return text.replace(/^/gm, '    ');
}
