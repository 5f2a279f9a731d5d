import type { FaultPoint } from './fault-points.ts';

/** One fault at one system call. */
export interface Case {
  readonly point: FaultPoint;
  /** `killed`, `fails with ENOSPC`, `SIGINT`. */
  readonly fault: string;
}

/** The result of a fault. */
export interface Verdict {
  /** The call that the fault hit. Undefined: the verb ended before it. */
  readonly hit: string | undefined;
  /** False: in several attempts the fault hit another call than the intended one. */
  readonly landed: boolean;
  /** How the verb ended, in one or two words. */
  readonly outcome: string;
  readonly ms: number;
  /** Violations of the promises. Empty: clean. */
  readonly problems: readonly string[];
}

export interface CaseReport extends Case, Verdict {}

/** A verb and one kind of fault: all cases, and how to run one. */
export interface Experiment {
  readonly name: string;
  /** From a clean run of the verb. */
  cases(): Promise<readonly Case[]>;
  /** Runs the verb without a fault and checks the same promises. */
  control?(): Promise<CaseReport>;
  attempt(one: Case, all: readonly Case[]): Promise<CaseReport>;
}
