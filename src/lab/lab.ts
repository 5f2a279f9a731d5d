import type { LabSession } from './lab-session.ts';

/** One lesson: a drawing, then steps in domain words. A plain object, so that it reads as prose. */
export interface Lab {
  /** Its short name: `shared-network`. */
  readonly name: string;
  readonly title: string;
  /** One sentence: what a learner knows afterwards. */
  readonly goal: string;
  readonly drawing: string;
  /** What the machine must have, besides root: a command. */
  readonly needs?: readonly string[];
  /** What else this machine lacks for it, which only a question can tell; undefined: nothing. */
  lacks?(): Promise<string | undefined>;
  readonly steps: readonly Step[];
}

export interface Step {
  readonly id: string;
  /** One sentence. */
  readonly goal: string;
  /** Through the library, so that the transcript has the system calls. What it makes is undone by the session. */
  action(session: LabSession): Promise<void>;
  /** What the kernel says, by a path that does not lead through our own state. Read anew whenever it is asked for. */
  readonly evidence: Readonly<Record<string, Item>>;
  readonly checks: readonly Check[];
  /** What a learner is asked before the action. */
  readonly predictions?: readonly Prediction[];
}

/** One table of evidence. */
export interface Item {
  readonly title: string;
  read(session: LabSession): Promise<readonly Row[]>;
}

export type Cell = string | number | boolean | null;
export type Row = Readonly<Record<string, Cell>>;

/** All that was read in a step, by the names of its items. */
export type Evidence = Readonly<Record<string, readonly Row[]>>;

/** A predicate over the evidence. */
export interface Check {
  readonly id: string;
  /** What holds, in one sentence. */
  readonly says: string;
  /** Undefined when it holds; else why not, in words that a learner can act on. */
  fault(evidence: Evidence): string | undefined;
  /** What makes exactly this fail: without it nobody knows that the check can. */
  readonly control: Break;
}

/** How a check is made to fail. */
export type Break = Fault | Variant;

/** Something that goes wrong with what stands, in lines for a shell: a learner may meet it, find it, and mend it. */
export interface Fault {
  readonly id: string;
  /** The diagnosis, in one sentence. */
  readonly what: string;
  breaks(session: LabSession): readonly string[];
  cures(session: LabSession): readonly string[];
}

/** The same step, done wrong. */
export interface Variant {
  readonly id: string;
  /** What is wrong then, in one sentence. */
  readonly what: string;
  instead(session: LabSession): Promise<void>;
}

/** A question whose answer is found in the kernel after the action, never written down here. */
export interface Prediction {
  readonly id: string;
  readonly question: string;
  readonly choices: readonly string[];
  answer(session: LabSession, evidence: Evidence): Promise<string> | string;
}
