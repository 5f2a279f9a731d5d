import type { Bench } from '../bench.ts';
import type { Item, Row } from '../lab.ts';

/** What an experiment has found out while it was made: it cannot be read a second time. */
export function measured(experiment: string, title: string): Item {
  return { title, read: async (bench) => notes.get(bench)?.get(experiment) ?? [] };
}

/** Keeps what an experiment has found out. */
export function note(bench: Bench, experiment: string, rows: readonly Row[]): void {
  const found = notes.get(bench) ?? new Map<string, readonly Row[]>();
  notes.set(bench, found.set(experiment, rows));
}

const notes = new WeakMap<Bench, Map<string, readonly Row[]>>();
