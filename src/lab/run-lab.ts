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
  /** After the predictions are answered. */
  explained(step: Step): void;
  ends(lab: Lab, outcome: LabOutcome): void;
}

/** What has run of a lab. */
export interface LabOutcome {
  /** Steps that have run. */
  readonly ran: number;
  readonly of: number;
  /** How often a step was run: going back runs one again. */
  readonly tries: number;
  readonly holding: number;
  readonly failed: number;
  /** Predictions that a user has made, and how many of them were right. */
  readonly asked: number;
  readonly right: number;
  /** The user left before the end. */
  readonly left: boolean;
}

/** Decides when a lab continues. */
export interface Prompter {
  /** Before the first step. False: do not start. */
  begin(): Promise<boolean>;
  /** The answer of a user; undefined when there is none. */
  guess(prediction: Prediction): Promise<string | undefined | Out>;
  /** After each step. `back` undoes this step and the previous one, and runs that one again. */
  next(number: number, of: number): Promise<'go' | 'back' | Out>;
}

/** The user leaves the lab. */
export const OUT = Symbol('out');
export type Out = typeof OUT;

/** Never stops and never asks. */
export const UNATTENDED: Prompter = {
  begin: async () => true,
  guess: async () => undefined,
  next: async () => 'go',
};

/** Runs a lab. The session undoes it. */
export async function runLab(
  lab: Lab,
  session: LabSession,
  reporter: Reporter,
  prompter: Prompter = UNATTENDED,
): Promise<LabOutcome> {
  const { interrupts } = session;
  const of = lab.steps.length;
  const depths: number[] = [];
  const done: StepResult[] = [];
  let tries = 0;
  reporter.begins(lab);
  let left = !(await interrupts.race(prompter.begin()));
  for (let index = 0; !left && index < of; ) {
    const step = lab.steps[index] as Step;
    reporter.step(step, index + 1, of);
    const guesses = await interrupts.race(askPredictions(step, prompter));
    left = guesses === OUT;
    if (guesses === OUT) break;
    depths[index] = session.depth;
    tries++;
    done[index] = await runStep(step, session, reporter, guesses, done[index - 1]?.evidence ?? {});
    const choice = await interrupts.race(prompter.next(index + 1, of));
    left = choice === OUT;
    if (choice === 'go') index++;
    if (choice !== 'back') continue;
    index = Math.max(0, index - 1);
    done.length = index;
    await session.unwind(depths[index] ?? 0);
  }
  const outcome = { ran: done.length, of, tries, ...counts(done), left };
  reporter.ends(lab, outcome);
  return outcome;
}

/** What is known of a step that has run. */
interface StepResult {
  readonly evidence: Evidence;
  /** Which checks hold. */
  readonly verdicts: readonly boolean[];
  /** Which predictions of the user were right. */
  readonly guesses: readonly boolean[];
}

type Guesses = ReadonlyArray<readonly [Prediction, string | undefined]>;

async function runStep(
  step: Step,
  session: LabSession,
  reporter: Reporter,
  guesses: Guesses,
  before: Evidence,
): Promise<StepResult> {
  await step.action(session);
  await session.interrupts.heed();
  reporter.acted(step);
  const evidence = await readEvidence(step, session);
  reporter.evidence(evidence, before, titlesOf(step));
  const verdicts = evaluate(step, evidence, reporter);
  const right: boolean[] = [];
  for (const [prediction, guess] of guesses) {
    const answer = await prediction.answer(session, evidence);
    reporter.predicted(prediction, guess, answer);
    if (guess !== undefined) right.push(guess === answer);
  }
  reporter.explained(step);
  return { evidence, verdicts, guesses: right };
}

function counts(done: readonly StepResult[]): Pick<LabOutcome, 'holding' | 'failed' | 'asked' | 'right'> {
  const verdicts = done.flatMap((step) => step.verdicts);
  const guesses = done.flatMap((step) => step.guesses);
  const holding = verdicts.filter(Boolean).length;
  const right = guesses.filter(Boolean).length;
  return { holding, failed: verdicts.length - holding, asked: guesses.length, right };
}

function titlesOf({ evidence }: Step): Record<string, string> {
  return Object.fromEntries(Object.entries(evidence).map(([id, { title }]) => [id, title]));
}

async function askPredictions(step: Step, prompter: Prompter): Promise<Guesses | Out> {
  const guesses: [Prediction, string | undefined][] = [];
  for (const prediction of step.predictions) {
    const guess = await prompter.guess(prediction);
    if (guess === OUT) return OUT;
    guesses.push([prediction, guess]);
  }
  return guesses;
}

/** Reads all tables of a step. */
export async function readEvidence(step: Step, session: LabSession): Promise<Evidence> {
  const entries = Object.entries(step.evidence).map(
    async ([id, table]) => [id, await table.read(session)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

/** Which checks of a step hold. */
function evaluate(step: Step, evidence: Evidence, reporter: Reporter): boolean[] {
  return step.checks.map((check) => {
    const fault = check.fault(evidence);
    reporter.checked(check, fault);
    return fault === undefined;
  });
}
