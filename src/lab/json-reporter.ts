import type { Evidence } from './lab.ts';
import type { Reporter } from './run-lab.ts';
import type { ExplainedCall } from './text-reporter.ts';

/** The JSON document of a lab. Every id is stable. */
export interface LabReport {
  readonly kind: 'LabReport';
  readonly lab: string;
  readonly steps: StepReport[];
  failed: number;
}

export interface StepReport {
  readonly id: string;
  readonly goal: string;
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
    readonly answer: string;
  }[];
}

/** Collects the report of a lab and passes it to `done` at the end. */
export function openJsonReporter(
  takeCalls: () => readonly ExplainedCall[],
  done: (report: LabReport) => void,
): Reporter {
  let report: LabReport = { kind: 'LabReport', lab: '', steps: [], failed: 0 };
  const last = () => report.steps.at(-1) as StepReport;
  return {
    begins({ name }) {
      report = { kind: 'LabReport', lab: name, steps: [], failed: 0 };
    },
    step({ id, goal }) {
      takeCalls();
      report.steps.push({ id, goal, calls: [], evidence: {}, checks: [], predictions: [] });
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
    predicted({ id, question, choices }, _, answer) {
      last().predictions.push({ id, question, choices, answer });
    },
    ends(_, failed) {
      report.failed = failed;
      done(report);
    },
  };
}
