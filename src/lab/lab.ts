import type { LabSession } from './lab-session.ts';
import type { Values } from './text/fill.ts';

// A lesson is a script, which acts and reads, and a text for each language (`text/lab-text.ts`), which says it. They are joined
// by their ids: a `…Script` has none but these, and what it becomes with its text has the words as well.

/** One lesson, without its words. */
export interface LabScript {
  /** Its short name: `shared-network`. */
  readonly name: string;
  /** Commands that must be installed. */
  readonly needs?: readonly string[];
  /** Why the lab cannot run here, when only a probe can tell; undefined when it can. */
  lacks?(): Promise<string | undefined>;
  readonly steps: readonly StepScript[];
}

/** One lesson in one language: a drawing, and steps in domain words. */
export interface Lab extends Omit<LabScript, 'steps'> {
  readonly title: string;
  /** One sentence: what the lesson teaches. */
  readonly goal: string;
  readonly drawing: string;
  readonly steps: readonly Step[];
}

export interface StepScript {
  readonly id: string;
  /** Acts through the library, so that the transcript has its calls. The session undoes it. */
  action(session: LabSession): Promise<void>;
  /** What the kernel reports, never nslab's own state. Read again each time. */
  readonly evidence: Readonly<Record<string, TableScript>>;
  readonly checks: readonly CheckScript[];
  /** Questions that are asked before the action. */
  readonly predictions?: readonly PredictionScript[];
}

export interface Step extends Pick<StepScript, 'id' | 'action'> {
  /** One sentence. */
  readonly goal: string;
  /** Why it came out so, in one or two sentences: read after the predictions are answered. */
  readonly why: string;
  readonly evidence: Readonly<Record<string, EvidenceTable>>;
  readonly checks: readonly Check[];
  readonly predictions: readonly Prediction[];
}

/** One table of evidence. Its title is the id of one, with the values that stand in it. */
export interface TableScript {
  readonly title: string;
  readonly about?: Values;
  read(session: LabSession): Promise<readonly Row[]>;
}

export type EvidenceTable = Pick<TableScript, 'title' | 'read'>;

export type Cell = string | number | boolean | null;
export type Row = Readonly<Record<string, Cell>>;

/** The tables of a step, by id. */
export type Evidence = Readonly<Record<string, readonly Row[]>>;

/** A predicate over the evidence. */
export interface CheckScript {
  readonly id: string;
  /** Undefined when it holds; else what the sentence of its text says, and which sentence when it has several. */
  finds(evidence: Evidence): Finding | undefined;
  /** The negative control: what makes this check fail. It proves that the check can fail. */
  readonly control: BreakScript;
  /** Other faults that it notices. */
  readonly others?: readonly FaultScript[];
}

export type Finding = Values & { readonly reason?: string };

export interface Check {
  readonly id: string;
  /** What is true, in one sentence. */
  readonly says: string;
  /** What is noticed when it is not true: it names no cause. */
  readonly symptom: string;
  /** Undefined when it holds; else a sentence that helps to find the fault. */
  fault(evidence: Evidence): string | undefined;
  readonly control: Break;
  readonly others: readonly Fault[];
}

/** How a negative control makes a check fail. */
export type BreakScript = FaultScript | VariantScript;
export type Break = Fault | Variant;

/** A fault that shell lines inject and repair. Drills use it, too. Faults of one id are one diagnosis, in whichever lab. */
export interface FaultScript {
  readonly id: string;
  breaks(session: LabSession): readonly string[];
  cures(session: LabSession): readonly string[];
}

export interface Fault extends FaultScript {
  /** The diagnosis, in one sentence. */
  readonly what: string;
  /** Where to look. */
  readonly hint: string;
}

/** The same step, done wrong on purpose. */
export interface VariantScript {
  readonly id: string;
  instead(session: LabSession): Promise<void>;
}

export interface Variant extends VariantScript {
  /** What is wrong, in one sentence. */
  readonly what: string;
}

/** A question. Its answer is read from the kernel after the action, never written in the lab. */
export interface PredictionScript {
  readonly id: string;
  readonly choices: readonly string[];
  answer(session: LabSession, evidence: Evidence): Promise<string> | string;
}

export interface Prediction extends PredictionScript {
  readonly question: string;
  /** A choice in the words of the language. */
  label(choice: string): string;
}
