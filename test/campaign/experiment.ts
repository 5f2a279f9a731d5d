import type { FaultPoint } from './fault-points.ts';

/** One fault at one place. */
export interface Case {
  readonly point: FaultPoint;
  /** In words: `killed`, `fails with ENOSPC`, `SIGINT`. */
  readonly fault: string;
}

/** What came of a fault. */
export interface Verdict {
  /** The call that it landed on; undefined when the verb ended before it. */
  readonly hit: string | undefined;
  /** False when, after several tries, it still came at another call than it was meant for. */
  readonly landed: boolean;
  /** In a word or two: how the verb ended. */
  readonly outcome: string;
  readonly ms: number;
  /** What was not as promised; empty when clean. */
  readonly problems: readonly string[];
}

export interface CaseReport extends Case, Verdict {}

/** A verb and one kind of fault: every case that there is, and how one is tried. */
export interface Experiment {
  readonly name: string;
  /** From a clean run of the verb. */
  cases(): Promise<readonly Case[]>;
  /** The verb without a fault, held to the same promises. */
  control?(): Promise<CaseReport>;
  attempt(one: Case, all: readonly Case[]): Promise<CaseReport>;
}
