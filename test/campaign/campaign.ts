import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import type { Case, CaseReport, Experiment } from './experiment.ts';
import { collapsed } from './left-behind.ts';
import { randomNumbers, sample } from './random.ts';

/** One verb's part of campaign.json. */
export interface VerbReport {
  readonly verb: string;
  /** How many cases the verb has; `tried` may be a sample of them. */
  readonly points: number;
  readonly tried: number;
  readonly clean: number;
  /** Faults that hit another call than the intended one, in every attempt. */
  readonly missed: number;
  /** How the verb ended, and how often. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly ms: number;
  readonly failures: readonly CaseReport[];
  readonly results: readonly CaseReport[];
}

export interface CampaignOptions {
  /**
   * How many cases of each verb. A number: that many, chosen by the seed. `places`: one at each system call, with an error or
   * signal chosen by the seed. `all`: every combination.
   */
  readonly points: number | 'places' | 'all';
  /** The maximum number of cases of a verb, for every `points`. */
  readonly most?: number;
  readonly seed: number;
  /** The path of campaign.json. */
  readonly report?: string | undefined;
  /** Called with each one-line summary. */
  readonly say?: (line: string) => void;
}

/** Runs each verb's faults, in parallel on the machine's cores. */
export async function campaign(
  experiments: readonly Experiment[],
  options: CampaignOptions,
): Promise<VerbReport[]> {
  const random = randomNumbers(options.seed);
  const reports: VerbReport[] = [];
  for (const experiment of experiments) {
    const report = await tryVerb(experiment, options, random);
    options.say?.(summary(report));
    reports.push(report);
    if (options.report) {
      mkdirSync(dirname(options.report), { recursive: true });
      writeFileSync(options.report, JSON.stringify({ seed: options.seed, verbs: reports }, null, 2));
    }
  }
  return reports;
}

/** `hold: 107 tried of 107, 107 clean (61 not whole, 46 whole), 700 ms each` */
function summary({ verb, points, tried, clean, missed, ms, outcomes }: VerbReport): string {
  const ends = Object.entries(outcomes).map(([outcome, count]) => `${count} ${outcome}`);
  const misses = missed > 0 ? `, ${missed} landed elsewhere` : '';
  const each = Math.round(ms / Math.max(tried, 1));
  return `${verb}: ${tried} tried of ${points}, ${clean} clean (${ends.join(', ')})${misses}, ${each} ms each`;
}

/** A failure as text: the call, and what was left behind. */
export function explain({ point, fault, hit, landed, outcome, problems }: CaseReport): string {
  const lines = collapsed(problems).map((line) => (line.length > 400 ? `${line.slice(0, 400)}…` : line));
  const shown = lines.slice(0, 30);
  const more = lines.length > shown.length ? [`… ${lines.length - shown.length} more`] : [];
  const place = landed ? '' : `landed on ${hit ?? 'nothing: it ended before'}`;
  return [
    `${point.syscall} ${point.ordinal} ${fault}: ${point.text}`,
    place,
    `left ${outcome}`,
    ...shown,
    ...more,
  ]
    .filter(Boolean)
    .join('\n    ');
}

async function tryVerb(
  experiment: Experiment,
  { points, most = Number.POSITIVE_INFINITY }: CampaignOptions,
  random: () => number,
): Promise<VerbReport> {
  const start = performance.now();
  const [all, control] = await Promise.all([experiment.cases(), experiment.control?.()]);
  const wanted = points === 'all' ? all : points === 'places' ? onePerPlace(all, random) : all;
  const chosen = sample(wanted, Math.min(most, typeof points === 'number' ? points : wanted.length), random);
  const controls = control ? [control] : [];
  const isHopeless = controls.some(({ problems }) => problems.length > 0);
  const tried = isHopeless ? [] : await inParallel(chosen, (one) => experiment.attempt(one, all));
  const failures = [...controls, ...tried].filter(({ problems }) => problems.length > 0);
  const outcomes: Record<string, number> = {};
  for (const { outcome } of tried) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  return {
    verb: experiment.name,
    points: all.length,
    tried: tried.length,
    clean: tried.filter(({ problems }) => problems.length === 0).length,
    missed: tried.filter(({ landed }) => !landed).length,
    outcomes,
    ms: performance.now() - start,
    failures,
    results: [...controls, ...tried],
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

/** One case at each system call; the seed chooses the errno or signal. */
function onePerPlace(cases: readonly Case[], random: () => number): Case[] {
  const places = new Map<string, Case[]>();
  for (const one of cases) {
    const place = `${one.point.syscall} ${one.point.ordinal} ${one.point.text}`;
    places.set(place, [...(places.get(place) ?? []), one]);
  }
  return [...places.values()].flatMap((here) => here[Math.floor(random() * here.length)] ?? []);
}
