import { FACTS } from './facts.ts';
import { REASONS, type Reason } from './reasons.ts';
import type { Recorded } from './recorded.ts';

/** What becomes of a fact: `on purpose` has a reason, `different` has none and is for somebody to look at. */
export type Verdict = 'same' | 'different' | 'on purpose';

/** One fact on both sides. */
export interface Row {
  readonly fact: string;
  readonly asks: string;
  readonly by: string;
  readonly theirs: string;
  readonly ours: string;
  readonly verdict: Verdict;
  readonly reason?: Pick<Reason, 'why' | 'source'>;
}

/** Holds one side against the other. A fact that one of them does not have, as an old record or a profile, is left out. */
export function judge(theirs: Recorded, ours: Recorded, reasons: readonly Reason[] = REASONS): Row[] {
  return FACTS.flatMap(({ id, asks, by }) => {
    const [left, right] = [theirs.facts[id], ours.facts[id]];
    if (left === undefined || right === undefined) return [];
    const row = { fact: id, asks, by, theirs: left, ours: right };
    if (left === right) return { ...row, verdict: 'same' };
    const found = reasonFor(id, left, right, reasons);
    if (!found) return { ...row, verdict: 'different' };
    return { ...row, verdict: 'on purpose', reason: { why: found.why, source: found.source } };
  });
}

/** Whether nothing is left to be looked at. */
export function isExplained(rows: readonly Row[]): boolean {
  return rows.every(({ verdict }) => verdict !== 'different');
}

/** A reason is for two values and no others: the same fact with a third one is a difference that nobody meant. */
export function reasonFor(
  id: string,
  left: string,
  right: string,
  reasons: readonly Reason[] = REASONS,
): Reason | undefined {
  return reasons.find(({ fact, theirs, ours }) => fact === id && isAll(theirs, left) && isAll(ours, right));
}

function isAll(pattern: RegExp, text: string): boolean {
  return pattern.exec(text)?.[0] === text;
}
