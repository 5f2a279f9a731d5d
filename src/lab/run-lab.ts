import type { Check, Evidence, Lab, Prediction, Step } from './lab.ts';
import type { LabSession } from './lab-session.ts';

/** Prints a lab, as text or as JSON. */
export interface Reporter {
  begins(lab: Lab): void;
  step(step: Step, number: number, of: number): void;
  /** After the action: the transcript has its calls. */
  acted(step: Step): void;
  /** The tables now and in the previous step, and their titles. */
  evidence(now: Evidence, before: Evidence, titles: Readonly<Record<string, string>>): void;
  checked(check: Check, fault: string | undefined): void;
  predicted(prediction: Prediction, guess: string | undefined, answer: string): void;
  ends(lab: Lab, failed: number): void;
}

/** Decides when a lab continues. */
export interface Prompter {
  /** Before the first step. False: do not start. */
  begin(): Promise<boolean>;
  /** The answer of a user; undefined when there is none. */
  guess(prediction: Prediction): Promise<string | undefined>;
  /** After each step. `back` undoes this step and the previous one, and runs that one again. */
  next(number: number, of: number): Promise<'go' | 'back' | 'out'>;
}

/** Never stops and never asks. */
export const UNATTENDED: Prompter = {
  begin: async () => true,
  guess: async () => undefined,
  next: async () => 'go',
};

/** Runs a lab and returns the number of failed checks. The session undoes it. */
export async function runLab(
  lab: Lab,
  session: LabSession,
  reporter: Reporter,
  prompter: Prompter = UNATTENDED,
): Promise<number> {
  const { interrupts } = session;
  const depths: number[] = [];
  const evidence: Evidence[] = [];
  const failures: number[] = [];
  reporter.begins(lab);
  if (!(await interrupts.race(prompter.begin()))) return 0;
  for (let index = 0; index < lab.steps.length; ) {
    const step = lab.steps[index] as Step;
    reporter.step(step, index + 1, lab.steps.length);
    const guesses = await interrupts.race(askPredictions(step, prompter));
    depths[index] = session.depth;
    await step.action(session);
    await interrupts.heed();
    reporter.acted(step);
    const now = await readEvidence(step, session);
    reporter.evidence(now, evidence[index - 1] ?? {}, titlesOf(step));
    evidence[index] = now;
    failures[index] = evaluate(step, now, reporter);
    for (const [prediction, guess] of guesses)
      reporter.predicted(prediction, guess, await prediction.answer(session, now));
    const choice = await interrupts.race(prompter.next(index + 1, lab.steps.length));
    if (choice === 'out') break;
    index = choice === 'go' ? index + 1 : Math.max(0, index - 1);
    if (choice === 'back') await session.unwind(depths[index] ?? 0);
  }
  const failed = failures.reduce((sum, count) => sum + count, 0);
  reporter.ends(lab, failed);
  return failed;
}

function titlesOf({ evidence }: Step): Record<string, string> {
  return Object.fromEntries(Object.entries(evidence).map(([id, { title }]) => [id, title]));
}

async function askPredictions(step: Step, prompter: Prompter): Promise<[Prediction, string | undefined][]> {
  const guesses: [Prediction, string | undefined][] = [];
  for (const prediction of step.predictions ?? [])
    guesses.push([prediction, await prompter.guess(prediction)]);
  return guesses;
}

/** Reads all tables of a step. */
export async function readEvidence(step: Step, session: LabSession): Promise<Evidence> {
  const entries = Object.entries(step.evidence).map(
    async ([id, table]) => [id, await table.read(session)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

function evaluate(step: Step, evidence: Evidence, reporter: Reporter): number {
  let failed = 0;
  for (const check of step.checks) {
    const fault = check.fault(evidence);
    if (fault !== undefined) failed++;
    reporter.checked(check, fault);
  }
  return failed;
}
