/** The words of one lab in one language, by the ids of its script: `scripts/labs/text/NN-name.LANGUAGE.ts`. */
export interface LabText {
  readonly title: string;
  readonly goal: string;
  readonly drawing: string;
  readonly steps: Readonly<Record<string, StepText>>;
  /** The faults and wrong variants by which its checks are made to fail. */
  readonly breaks: Readonly<Record<string, BreakText>>;
}

export interface StepText {
  readonly goal: string;
  readonly why: string;
  readonly checks: Readonly<Record<string, CheckText>>;
  readonly predictions?: Readonly<Record<string, PredictionText>>;
}

interface CheckText {
  readonly says: string;
  /** What is wrong when it is not so. By reason, when the check tells several apart. */
  readonly otherwise: string | Readonly<Record<string, string>>;
  /** What is noticed then: it names no cause. Only drills need it. */
  readonly symptom?: string;
}

interface BreakText {
  readonly what: string;
  /** Where to look. Only drills need it. */
  readonly hint?: string;
}

interface PredictionText {
  readonly question: string;
  /** Its choices, unless they are numbers or yes and no. */
  readonly choices?: Readonly<Record<string, string>>;
}
