import { FACTS } from './facts.ts';
import { KNOWN_DIFFERENCES, type KnownDifference } from './known-differences.ts';
import type { Recorded } from './recorded.ts';

/** `on purpose`: a difference with a known reason. `different`: one without, to be investigated. */
export type Verdict = 'same' | 'different' | 'on purpose';

/** One fact on both sides. */
export interface FactComparison {
  readonly fact: string;
  readonly asks: string;
  readonly by: string;
  readonly theirs: string;
  readonly ours: string;
  readonly verdict: Verdict;
  readonly reason?: Pick<KnownDifference, 'why' | 'source'>;
}

interface CompareFactsOptions {
  readonly known?: readonly KnownDifference[];
  /** The names of the joining containers, when they are not nginx and busybox. */
  readonly joiners?: readonly string[];
}

/** Compares two sides fact by fact. A fact that one side lacks (an old file, a profile) is left out. */
export function compareFacts(
  theirs: Recorded,
  ours: Recorded,
  { known = KNOWN_DIFFERENCES, joiners = [] }: CompareFactsOptions = {},
): FactComparison[] {
  return FACTS.flatMap(({ id, asks, by }) => {
    const [left, right] = [theirs.facts[id], ours.facts[id]];
    if (left === undefined || right === undefined) return [];
    const row = { fact: id, asks, by, theirs: left, ours: right };
    if (left === right) return { ...row, verdict: 'same' };
    const found = [[left, right] as const, ...inArticleTerms(left, right, joiners)]
      .map(([left, right]) => findKnownDifference(id, left, right, known))
      .find((difference) => difference !== undefined);
    if (!found) return { ...row, verdict: 'different' };
    return { ...row, verdict: 'on purpose', reason: { why: found.why, source: found.source } };
  });
}

/**
 * The same two values in the terms of the known differences, which name the article's containers: joiners of another pod
 * are renamed; where the joiners are equal on both sides, only the values of pause are left.
 */
function inArticleTerms(left: string, right: string, joiners: readonly string[]): [string, string][] {
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

/** Splits what `eachRole` joined. A text without groups holds for every role. */
function byRole(text: string, roles: readonly string[]): ReadonlyMap<string, string> {
  const name = roles.map((role) => role.replace(/\W/g, '\\$&')).join('|');
  const start = new RegExp(`(?:^|; )((?:${name})(?:, (?:${name}))*): `, 'g');
  const found = [...text.matchAll(start)];
  if (found.length === 0) return new Map(roles.map((role) => [role, text]));
  const parts = found.map((match, index): [string[], string] => [
    (match[1] ?? '').split(', '),
    text.slice(match.index + match[0].length, found[index + 1]?.index),
  ]);
  return new Map(parts.flatMap(([group, value]) => group.map((role) => [role, value] as const)));
}

/** Whether every difference has a known reason. */
export function isExplained(rows: readonly FactComparison[]): boolean {
  return rows.every(({ verdict }) => verdict !== 'different');
}

/** A known difference holds for exactly these two values. A third value of the same fact is an unexplained one. */
export function findKnownDifference(
  id: string,
  left: string,
  right: string,
  known: readonly KnownDifference[] = KNOWN_DIFFERENCES,
): KnownDifference | undefined {
  return known.find(
    ({ fact, theirs, ours }) => fact === id && matchesWhole(theirs, left) && matchesWhole(ours, right),
  );
}

function matchesWhole(pattern: RegExp, text: string): boolean {
  return pattern.exec(text)?.[0] === text;
}
