import type { LabSession } from './lab-session.ts';

/** One lesson: a drawing, and steps in domain words. */
export interface Lab {
  /** Its short name: `shared-network`. */
  readonly name: string;
  readonly title: string;
  /** One sentence: what the lesson teaches. */
  readonly goal: string;
  readonly drawing: string;
  /** Commands that must be installed. */
  readonly needs?: readonly string[];
  /** Why the lab cannot run here, when only a probe can tell; undefined when it can. */
  lacks?(): Promise<string | undefined>;
  readonly steps: readonly Step[];
}

export interface Step {
  readonly id: string;
  /** One sentence. */
  readonly goal: string;
  /** Acts through the library, so that the transcript has its calls. The session undoes it. */
  action(session: LabSession): Promise<void>;
  /** What the kernel reports, never nslab's own state. Read again each time. */
  readonly evidence: Readonly<Record<string, EvidenceTable>>;
  readonly checks: readonly Check[];
  /** Questions that are asked before the action. */
  readonly predictions?: readonly Prediction[];
}

/** One table of evidence. */
export interface EvidenceTable {
  readonly title: string;
  read(session: LabSession): Promise<readonly Row[]>;
}

export type Cell = string | number | boolean | null;
export type Row = Readonly<Record<string, Cell>>;

/** The tables of a step, by id. */
export type Evidence = Readonly<Record<string, readonly Row[]>>;

/** A predicate over the evidence. */
export interface Check {
  readonly id: string;
  /** What is true, in one sentence. */
  readonly says: string;
  /** Undefined when it holds; else a sentence that helps to find the fault. */
  fault(evidence: Evidence): string | undefined;
  /** The negative control: what makes this check fail. It proves that the check can fail. */
  readonly control: Break;
}

/** How a negative control makes a check fail. */
export type Break = Fault | Variant;

/** A fault that shell lines inject and repair. Drills use it, too. */
export interface Fault {
  readonly id: string;
  /** The diagnosis, in one sentence. */
  readonly what: string;
  breaks(session: LabSession): readonly string[];
  cures(session: LabSession): readonly string[];
}

/** The same step, done wrong on purpose. */
export interface Variant {
  readonly id: string;
  /** What is wrong, in one sentence. */
  readonly what: string;
  instead(session: LabSession): Promise<void>;
}

/** A question. Its answer is read from the kernel after the action, never written in the lab. */
export interface Prediction {
  readonly id: string;
  readonly question: string;
  readonly choices: readonly string[];
  answer(session: LabSession, evidence: Evidence): Promise<string> | string;
}
