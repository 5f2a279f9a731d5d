import { plain } from '../render/plain.ts';
import { table } from '../render/table.ts';
import { wrapped } from '../render/wrap.ts';
import type { Recorded } from './recorded.ts';
import type { Row } from './verdict.ts';

/** Two sides, and what was found of them. */
export interface Comparison {
  readonly theirs: Recorded;
  readonly ours: Recorded;
  readonly rows: readonly Row[];
  /** Of a manifest: how Docker was told of it, and what it could not be told. */
  readonly commands?: readonly string[];
  readonly leftOut?: readonly string[];
}

/** For a terminal: a line a fact, and below it the reasons, by number. */
export function asText({ theirs, ours, rows }: Comparison, columns: number): string {
  const reasons = reasonsOf(rows);
  const width = Math.max(18, Math.floor((columns - WIDEST_REST) / 2));
  const cell = (text: string) => ({
    lines: wrapped(plain(text), width)
      .split('\n')
      .map((line) => line.trimStart()),
  });
  const facts = table(
    ['FACT', theirs.of.toUpperCase(), 'OURS', 'VERDICT'],
    rows.map((row) => [row.fact, cell(row.theirs), cell(row.ours), verdict(row, reasons)]),
  );
  const notes = reasons.map(({ why, source }, at) =>
    wrapped(plain(`[${at + 1}] ${why} (${source})`), columns),
  );
  const parts = [
    facts,
    ...(notes.length > 0 ? [notes.join('\n')] : []),
    figures({ theirs, ours }),
    summary(rows),
  ];
  return `${parts.filter(Boolean).join('\n\n')}\n`;
}

/** For a page: the same as tables. */
export function asMarkdown({ theirs, ours, rows }: Comparison): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((text) => plain(text).replaceAll('|', '\\|')).join(' | ')} |`;
  const grid = (head: readonly string[], body: readonly (readonly string[])[]) =>
    [line(head), line(head.map(() => '---')), ...body.map(line)].join('\n');
  const facts = grid(
    ['fact', theirs.of, 'ours', 'verdict', 'why'],
    rows.map((row) => [
      row.fact,
      row.theirs,
      row.ours,
      row.verdict,
      row.reason ? `${row.reason.why} (${row.reason.source})` : '',
    ]),
  );
  const numbers = numbersOf({ theirs, ours });
  const figures = numbers.length > 0 ? [grid(['figure', theirs.of, 'ours'], numbers)] : [];
  return `${[facts, ...figures, summary(rows)].join('\n\n')}\n`;
}

/** For a program. */
export function asDocument({ theirs, ours, rows, commands, leftOut }: Comparison): object {
  return {
    kind: 'Comparison',
    theirs: theirs.of,
    ...(commands && { commands, leftOut }),
    rows,
    figures: { theirs: theirs.figures, ours: ours.figures },
  };
}

/** What the columns besides the two sides need at most. */
const WIDEST_REST = 56;

type Said = NonNullable<Row['reason']>;

/** Each reason once, in the order in which they are needed. */
function reasonsOf(rows: readonly Row[]): Said[] {
  return [...new Map(rows.flatMap(({ reason }) => (reason ? [[reason.why, reason] as const] : []))).values()];
}

function verdict(row: Row, reasons: readonly Said[]): string {
  const number = reasons.findIndex(({ why }) => why === row.reason?.why) + 1;
  return number > 0 ? `${row.verdict} [${number}]` : row.verdict;
}

function figures(sides: Pick<Comparison, 'theirs' | 'ours'>): string {
  const numbers = numbersOf(sides);
  return numbers.length > 0 ? table(['FIGURE', sides.theirs.of.toUpperCase(), 'OURS'], numbers) : '';
}

function numbersOf({ theirs, ours }: Pick<Comparison, 'theirs' | 'ours'>): string[][] {
  return Object.entries(ours.figures).flatMap(([name, value]) =>
    theirs.figures[name] === undefined ? [] : [[name, String(theirs.figures[name]), String(value)]],
  );
}

function summary(rows: readonly Row[]): string {
  const count = (wanted: Row['verdict']) => rows.filter(({ verdict }) => verdict === wanted).length;
  return `${rows.length} facts: ${count('same')} same, ${count('on purpose')} different on purpose, ${count('different')} different`;
}
