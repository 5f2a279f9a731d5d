import { FACTS } from './facts.ts';
import { REASONS, type Reason } from './known-differences.ts';
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

interface Judging {
  readonly reasons?: readonly Reason[];
  /** The names of those that have joined, where they are not the article's. */
  readonly joiners?: readonly string[];
}

/** Holds one side against the other. A fact that one of them does not have, as an old record or a profile, is left out. */
export function judge(
  theirs: Recorded,
  ours: Recorded,
  { reasons = REASONS, joiners = [] }: Judging = {},
): Row[] {
  return FACTS.flatMap(({ id, asks, by }) => {
    const [left, right] = [theirs.facts[id], ours.facts[id]];
    if (left === undefined || right === undefined) return [];
    const row = { fact: id, asks, by, theirs: left, ours: right };
    if (left === right) return { ...row, verdict: 'same' };
    const found = [[left, right] as const, ...asInTheArticle(left, right, joiners)]
      .map(([their, our]) => reasonFor(id, their, our, reasons))
      .find((reason) => reason !== undefined);
    if (!found) return { ...row, verdict: 'different' };
    return { ...row, verdict: 'on purpose', reason: { why: found.why, source: found.source } };
  });
}

/**
 * The same two values as reasons speak of them: those that have joined in another pod are meant as the article's are; and
 * where they have the same on both sides, it is the pause alone of which something is to be explained.
 */
function asInTheArticle(left: string, right: string, joiners: readonly string[]): [string, string][] {
  if (joiners.length === 0) return [];
  const renamed = (text: string) => text.replaceAll(`${joiners.join(', ')}:`, 'nginx, busybox:');
  const roles = ['pause', ...joiners];
  const [a, b] = [byRole(left, roles), byRole(right, roles)];
  const alike = joiners.every((role) => a.get(role) === b.get(role));
  return [
    [renamed(left), renamed(right)],
    ...(alike ? [[`pause: ${a.get('pause')}`, `pause: ${b.get('pause')}`] satisfies [string, string]] : []),
  ];
}

/** What `each` has put together, taken apart; what is said once is said of all. */
function byRole(text: string, roles: readonly string[]): ReadonlyMap<string, string> {
  const name = roles.map((role) => role.replace(/\W/g, '\\$&')).join('|');
  const start = new RegExp(`(?:^|; )((?:${name})(?:, (?:${name}))*): `, 'g');
  const found = [...text.matchAll(start)];
  if (found.length === 0) return new Map(roles.map((role) => [role, text]));
  const parts = found.map((match, at): [string[], string] => [
    (match[1] ?? '').split(', '),
    text.slice(match.index + match[0].length, found[at + 1]?.index),
  ]);
  return new Map(parts.flatMap(([some, value]) => some.map((role) => [role, value] as const)));
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
