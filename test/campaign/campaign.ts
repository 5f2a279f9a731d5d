import { writeFileSync } from 'node:fs';
import { availableParallelism, setPriority } from 'node:os';
import type { FaultPoint } from './fault-points.ts';
import { killAt, type PointReport, pointsOf, type Trial } from './kill.ts';
import { collapsed } from './left-behind.ts';

/** One verb's part of campaign.json. */
export interface TrialReport {
  readonly verb: string;
  /** How many points the verb has; `tried` may be a sample of them. */
  readonly points: number;
  readonly tried: number;
  readonly clean: number;
  /** Kills that came elsewhere than they were meant to, in every try. */
  readonly missed: number;
  readonly ms: number;
  readonly failures: readonly PointReport[];
  readonly results: readonly PointReport[];
}

export interface CampaignOptions {
  /** How many points of each verb, chosen by the seed; 'all' for every one. */
  readonly points: number | 'all';
  readonly seed: number;
  /** Where campaign.json goes. */
  readonly report?: string | undefined;
  /** Told each one-line summary as it comes. */
  readonly say?: (line: string) => void;
}

/** Kills each verb at its points, in parallel on the machine's cores. */
export async function campaign(trials: readonly Trial[], options: CampaignOptions): Promise<TrialReport[]> {
  setPriority(10); // others may be measuring on this machine; children inherit it
  const random = randomNumbers(options.seed);
  const reports: TrialReport[] = [];
  for (const trial of trials) {
    const report = await tryVerb(trial, options.points, random);
    options.say?.(summary(report));
    reports.push(report);
    if (options.report)
      writeFileSync(options.report, JSON.stringify({ seed: options.seed, verbs: reports }, null, 2));
  }
  return reports;
}

/** `hold: 143 points, 143 clean` */
function summary({ verb, points, tried, clean, missed, ms }: TrialReport): string {
  const sample = tried < points ? ` (a sample of ${points})` : '';
  const misses = missed > 0 ? `, ${missed} landed elsewhere` : '';
  return `${verb}: ${tried} points${sample}, ${clean} clean${misses}, ${Math.round(ms / Math.max(tried, 1))} ms a point`;
}

/** A point's failure as a person reads it: where, and what was left. */
export function explain({ syscall, ordinal, text, hit, landed, whole, problems }: PointReport): string {
  const lines = collapsed(problems).map((line) => (line.length > 240 ? `${line.slice(0, 240)}…` : line));
  const shown = lines.slice(0, 30);
  const more = lines.length > shown.length ? [`… ${lines.length - shown.length} more`] : [];
  const place = landed ? '' : `landed on ${hit ?? 'nothing: it ended before'}`;
  return [`${syscall} ${ordinal}: ${text}`, place, `left ${whole ? 'whole' : 'not whole'}`, ...shown, ...more]
    .filter(Boolean)
    .join('\n    ');
}

async function tryVerb(trial: Trial, points: number | 'all', random: () => number): Promise<TrialReport> {
  const start = performance.now();
  const all = await pointsOf(trial);
  const chosen = points === 'all' ? all : sample(all, points, random);
  // First of all not killed: a verb that does not clean up by itself makes every point fail for the same reason.
  const unkilled = await killAt(trial, undefined);
  const results = [
    unkilled,
    ...(unkilled.problems.length > 0 ? [] : await inParallel(chosen, (point) => killAt(trial, point, all))),
  ];
  const failures = results.filter(({ problems }) => problems.length > 0);
  const tried = results.length - 1;
  const missed = results.filter(({ landed }) => !landed).length;
  const clean = tried - failures.filter((one) => one !== unkilled).length;
  return {
    verb: trial.name,
    points: all.length,
    tried,
    clean,
    missed,
    ms: performance.now() - start,
    failures,
    results,
  };
}

async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = [...items.entries()];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) results[next[0]] = await work(next[1]);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return results;
}

function sample(points: readonly FaultPoint[], size: number, random: () => number): FaultPoint[] {
  const ranked = points.map((point) => ({ point, rank: random() })).sort((a, b) => a.rank - b.rank);
  const chosen = new Set(ranked.slice(0, size).map(({ point }) => point));
  return points.filter((point) => chosen.has(point));
}

/** mulberry32: small, and the same sequence for the same seed on every machine, so that a failure can be repeated. */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
