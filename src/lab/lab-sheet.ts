import type { LabSheet, SheetStep, SheetWords } from '../render/lab-sheet/sheet.ts';
import { faultsOf } from './drill.ts';
import { type LabReport, openJsonReporter, type StepReport } from './json-reporter.ts';
import type { Cell, Lab, Step } from './lab.ts';
import type { LabSession } from './lab-session.ts';
import { runLab, UNATTENDED } from './run-lab.ts';
import type { Language } from './text/language.ts';
import type { Words } from './text/words.ts';
import type { ExplainedCall } from './text-reporter.ts';

/** Where a lab stands in its list, and what its sheet is written in. */
export interface SheetOptions {
  readonly number: string;
  readonly language: Language;
  readonly words: Words;
}

/** What a lab has shown on this machine, and how each fault of it is repaired. */
export interface Measured {
  readonly report: LabReport;
  readonly cures: ReadonlyMap<string, readonly string[]>;
}

/** Runs a lab for its answers. The session undoes it. */
export async function measureLab(
  lab: Lab,
  session: LabSession,
  takeCalls: () => readonly ExplainedCall[],
): Promise<Measured> {
  const reports: LabReport[] = [];
  const reporter = openJsonReporter(takeCalls, (report) => reports.push(report));
  await runLab(lab, session, reporter, UNATTENDED);
  const cures = faultsOf(lab).map((fault) => [fault.id, fault.cures(session)] as const);
  return { report: reports[0] as LabReport, cures: new Map(cures) };
}

/** The sheet of a learner: goal, drawing, steps, and boxes for what is predicted and found. */
export function learnerSheet(lab: Lab, options: SheetOptions): LabSheet {
  const { page } = options.words;
  return { ...commonOf(lab, options), kind: page.learner, steps: lab.steps.map((step) => stepOf(step)) };
}

/** The same with the answers as they were measured. `where`: the sentence that says on which machine, or why on none. */
export function teacherSheet(
  lab: Lab,
  options: SheetOptions,
  where: string,
  measured: Measured | undefined,
): LabSheet {
  const { page } = options.words;
  return {
    ...commonOf(lab, options),
    kind: page.teacher,
    steps: lab.steps.map((step, index) => answeredStep(step, measured?.report.steps[index], options.words)),
    answers: {
      measured: where,
      faults: faultsOf(lab).map(({ id, what, hint }) => ({
        what,
        hint,
        cures: measured?.cures.get(id) ?? [],
      })),
    },
  };
}

function commonOf(
  { name, title, goal, drawing }: Lab,
  { number, language, words: { page, why, none } }: SheetOptions,
): Omit<LabSheet, 'kind' | 'steps'> {
  const words: SheetWords = { ...page, why, none };
  const command = `sudo nslab lab run ${name} --step`;
  return { number, language, title, goal, drawing: flushLeft(drawing), command, words };
}

function stepOf({ goal, predictions, checks }: Step): SheetStep {
  return {
    goal,
    predictions: predictions.map(({ question, choices, label }) => ({
      question,
      choices: choices.map(label),
    })),
    checks: checks.map(({ says }) => says),
  };
}

function answeredStep(step: Step, report: StepReport | undefined, words: Words): SheetStep {
  const plain = stepOf(step);
  const predictions = plain.predictions.map((each, index) => {
    const answer = report?.predictions[index]?.answer;
    return { ...each, answer: answer === undefined ? undefined : step.predictions[index]?.label(answer) };
  });
  const lines = (report?.calls ?? []).flatMap(({ lines }) =>
    lines.flatMap(({ shell }) => (shell === undefined ? [] : [shortened(shell)])),
  );
  const tables = Object.entries(report?.evidence ?? {}).map(([id, rows]) => {
    const heads = Object.keys(rows[0] ?? {});
    const cells = rows.map((row) => heads.map((head) => cellText(row[head] ?? null, words)));
    return { title: step.evidence[id]?.title ?? id, heads, rows: cells };
  });
  return { ...plain, predictions, answers: { why: step.why, lines: lines.slice(0, MAX_LINES), tables } };
}

/** So many shell lines of a step fit on a page beside its tables. */
const MAX_LINES = 16;

/** A script for nft has more lines than a page. */
function shortened(shell: string): string {
  const lines = shell.split('\n');
  return [...lines.slice(0, 5), ...(lines.length > 5 ? ['…'] : [])].join('\n');
}

function cellText(cell: Cell, { choices }: Words): string {
  if (cell === null) return '–';
  if (typeof cell === 'boolean') return choices[cell ? 'yes' : 'no'] ?? String(cell);
  return String(cell);
}

function flushLeft(drawing: string): string {
  return drawing.replace(/^\n+|\s+$/g, '').replace(/^ {4}/gm, '');
}
