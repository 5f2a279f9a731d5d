import type { Evidence } from './lab.ts';
import type { Reporter } from './run-lab.ts';
import type { ExplainedCall } from './text-reporter.ts';

/** The JSON document of a lab. Every id is stable. */
export interface LabReport {
  readonly kind: 'LabReport';
  readonly lab: string;
  readonly steps: StepReport[];
  failed: number;
  /** The user left before the end. */
  left: boolean;
  /** Predictions that were right, of those that were made. */
  score: Score;
  /** How often a step was run: going back runs one again. */
  tries: number;
  seconds: number;
}

/** Points, of so many. */
export interface Score {
  readonly points: number;
  readonly of: number;
}

export interface StepReport {
  readonly id: string;
  readonly goal: string;
  readonly why: string;
  calls: readonly ExplainedCall[];
  evidence: Evidence;
  readonly checks: {
    readonly id: string;
    readonly says: string;
    readonly holds: boolean;
    readonly fault?: string;
  }[];
  readonly predictions: {
    readonly id: string;
    readonly question: string;
    readonly choices: readonly string[];
    readonly guess?: string;
    readonly answer: string;
  }[];
}

/** Collects the report of a lab and passes it to `done` at the end. */
export function openJsonReporter(
  takeCalls: () => readonly ExplainedCall[],
  done: (report: LabReport) => void,
): Reporter {
  const begun = performance.now();
  let report = emptyReport('');
  const last = () => report.steps.at(-1) as StepReport;
  return {
    begins({ name }) {
      report = emptyReport(name);
    },
    step({ id, goal, why }, number) {
      takeCalls();
      report.steps.length = number - 1;
      report.steps.push({ id, goal, why, calls: [], evidence: {}, checks: [], predictions: [] });
    },
    acted() {
      last().calls = takeCalls();
    },
    evidence(now) {
      last().evidence = now;
    },
    checked({ id, says }, fault) {
      last().checks.push({ id, says, holds: fault === undefined, ...(fault !== undefined && { fault }) });
    },
    predicted({ id, question, choices }, guess, answer) {
      last().predictions.push({ id, question, choices, ...(guess !== undefined && { guess }), answer });
    },
    explained() {},
    ends(_, { ran, failed, left, asked, right, tries }) {
      // The step at whose questions the user left has not run.
      report.steps.length = ran;
      const seconds = Math.round(performance.now() - begun) / 1000;
      done({ ...report, failed, left, score: { points: right, of: asked }, tries, seconds });
    },
  };
}

function emptyReport(lab: string): LabReport {
  const nothing = { failed: 0, left: false, score: { points: 0, of: 0 }, tries: 0, seconds: 0 };
  return { kind: 'LabReport', lab, steps: [], ...nothing };
}

/** Reports to several at once. */
export function both(...reporters: readonly Reporter[]): Reporter {
  const each = <Name extends keyof Reporter>(name: Name) =>
    ((...args: Parameters<Reporter[Name]>) => {
      for (const reporter of reporters) (reporter[name] as (...args: unknown[]) => void)(...args);
    }) as Reporter[Name];
  return {
    begins: each('begins'),
    step: each('step'),
    acted: each('acted'),
    evidence: each('evidence'),
    checked: each('checked'),
    predicted: each('predicted'),
    explained: each('explained'),
    ends: each('ends'),
  };
}
