import { plain } from '../render/plain.ts';
import { table } from '../render/table.ts';
import { wrapped } from '../render/wrap.ts';
import type { Recorded } from './recorded.ts';
import type { FactComparison } from './verdict.ts';

/** The facts of both sides, and their comparison. */
export interface Comparison {
  readonly theirs: Recorded;
  readonly ours: Recorded;
  readonly rows: readonly FactComparison[];
  /** For a manifest: the `docker` commands, and what they leave out. */
  readonly commands?: readonly string[];
  readonly leftOut?: readonly string[];
}

/** For a terminal: one line per fact, then the numbered reasons. */
export function asText({ theirs, ours, rows }: Comparison, columns: number): string {
  const reasons = reasonsOf(rows);
  const width = Math.max(18, Math.floor((columns - OTHER_COLUMNS) / 2));
  const cell = (text: string) => ({
    lines: wrapped(plain(text), width)
      .split('\n')
      .map((line) => line.trimStart()),
  });
  const facts = table(
    ['FACT', theirs.of.toUpperCase(), 'OURS', 'VERDICT'],
    rows.map((row) => [row.fact, cell(row.theirs), cell(row.ours), verdict(row, reasons)]),
  );
  const notes = reasons.map(({ why, source }, index) =>
    wrapped(plain(`[${index + 1}] ${why} (${source})`), columns),
  );
  const parts = [
    facts,
    ...(notes.length > 0 ? [notes.join('\n')] : []),
    measurements({ theirs, ours }),
    summary(rows),
  ];
  return `${parts.filter(Boolean).join('\n\n')}\n`;
}

/** The same as Markdown tables. */
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
  const measured = numbers.length > 0 ? [grid(['measurement', theirs.of, 'ours'], numbers)] : [];
  return `${[facts, ...measured, summary(rows)].join('\n\n')}\n`;
}

/** The JSON document. */
export function asDocument({ theirs, ours, rows, commands, leftOut }: Comparison): object {
  return {
    kind: 'Comparison',
    theirs: theirs.of,
    ...(commands && { commands, leftOut }),
    rows,
    figures: { theirs: theirs.figures, ours: ours.figures },
  };
}

/** The width of all columns but the two sides, at most. */
const OTHER_COLUMNS = 56;

type RowReason = NonNullable<FactComparison['reason']>;

/** Each reason once, in the order of its first use. */
function reasonsOf(rows: readonly FactComparison[]): RowReason[] {
  return [...new Map(rows.flatMap(({ reason }) => (reason ? [[reason.why, reason] as const] : []))).values()];
}

function verdict(row: FactComparison, reasons: readonly RowReason[]): string {
  const number = reasons.findIndex(({ why }) => why === row.reason?.why) + 1;
  return number > 0 ? `${row.verdict} [${number}]` : row.verdict;
}

function measurements(sides: Pick<Comparison, 'theirs' | 'ours'>): string {
  const numbers = numbersOf(sides);
  return numbers.length > 0 ? table(['MEASUREMENT', sides.theirs.of.toUpperCase(), 'OURS'], numbers) : '';
}

function numbersOf({ theirs, ours }: Pick<Comparison, 'theirs' | 'ours'>): string[][] {
  return Object.entries(ours.figures).flatMap(([name, value]) =>
    theirs.figures[name] === undefined ? [] : [[name, String(theirs.figures[name]), String(value)]],
  );
}

function summary(rows: readonly FactComparison[]): string {
  const count = (wanted: FactComparison['verdict']) =>
    rows.filter(({ verdict }) => verdict === wanted).length;
  return `${rows.length} facts: ${count('same')} same, ${count('on purpose')} different on purpose, ${count('different')} different`;
}
