import type { Evidence } from './lab.ts';
import type { Reporter } from './run-lab.ts';
import type { Asked } from './text-reporter.ts';

/** A lab as a document for teachers and tests: every id in it is stable. */
export interface LabReport {
  readonly kind: 'LabReport';
  readonly lab: string;
  readonly steps: StepReport[];
  failed: number;
}

export interface StepReport {
  readonly id: string;
  readonly goal: string;
  calls: readonly Asked[];
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
    readonly answer: string;
  }[];
}

/** Writes down what happens; `done` is called with the whole of it. */
export function openJsonReporter(asked: () => readonly Asked[], done: (report: LabReport) => void): Reporter {
  let report: LabReport = { kind: 'LabReport', lab: '', steps: [], failed: 0 };
  const last = () => report.steps.at(-1) as StepReport;
  return {
    begins({ name }) {
      report = { kind: 'LabReport', lab: name, steps: [], failed: 0 };
    },
    step({ id, goal }) {
      asked();
      report.steps.push({ id, goal, calls: [], evidence: {}, checks: [], predictions: [] });
    },
    acted() {
      last().calls = asked();
    },
    evidence(now) {
      last().evidence = now;
    },
    checked({ id, says }, fault) {
      last().checks.push({ id, says, holds: fault === undefined, ...(fault !== undefined && { fault }) });
    },
    predicted({ id, question, choices }, _, answer) {
      last().predictions.push({ id, question, choices, answer });
    },
    ends(_, failed) {
      report.failed = failed;
      done(report);
    },
  };
}
