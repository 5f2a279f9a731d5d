import type { Check, Evidence, Lab, Prediction, Step } from './lab.ts';
import type { LabSession } from './lab-session.ts';

/** Who follows a lab: a terminal, a pipe, a file. */
export interface Reporter {
  begins(lab: Lab): void;
  step(step: Step, number: number, of: number): void;
  /** The action is over: what it asked of the kernel stands in the transcript. */
  acted(step: Step): void;
  /** What the kernel says now, what it said in the step before, and what each item is called. */
  evidence(now: Evidence, before: Evidence, titles: Readonly<Record<string, string>>): void;
  checked(check: Check, fault: string | undefined): void;
  predicted(prediction: Prediction, guess: string | undefined, answer: string): void;
  ends(lab: Lab, failed: number): void;
}

/** Who decides when it goes on. */
export interface Prompter {
  /** Before the first step: false when it is not to be begun. */
  begin(): Promise<boolean>;
  /** A learner's guess, if there is one who can be asked. */
  guess(prediction: Prediction): Promise<string | undefined>;
  /** After each step, when its results are there. `back`: this step and the one before are undone, and that one done again. */
  next(number: number, of: number): Promise<'go' | 'back' | 'out'>;
}

/** Without a stop. */
export const UNATTENDED: Prompter = {
  begin: async () => true,
  guess: async () => undefined,
  next: async () => 'go',
};

/** Runs a lab from its first step to its last. Gives how many checks have failed. Takes nothing back: the session does. */
export async function runLab(
  lab: Lab,
  session: LabSession,
  teller: Reporter,
  pace: Prompter = UNATTENDED,
): Promise<number> {
  const { interrupts } = session;
  const depths: number[] = [];
  const readings: Evidence[] = [];
  const failures: number[] = [];
  teller.begins(lab);
  if (!(await interrupts.race(pace.begin()))) return 0;
  for (let at = 0; at < lab.steps.length; ) {
    const step = lab.steps[at] as Step;
    teller.step(step, at + 1, lab.steps.length);
    const guesses = await interrupts.race(ask(step, pace));
    depths[at] = session.depth;
    await step.action(session);
    await interrupts.heed();
    teller.acted(step);
    const now = await readEvidence(step, session);
    teller.evidence(now, readings[at - 1] ?? {}, titlesOf(step));
    readings[at] = now;
    failures[at] = judge(step, now, teller);
    for (const [prediction, guess] of guesses)
      teller.predicted(prediction, guess, await prediction.answer(session, now));
    const word = await interrupts.race(pace.next(at + 1, lab.steps.length));
    if (word === 'out') break;
    at = word === 'go' ? at + 1 : Math.max(0, at - 1);
    if (word === 'back') await session.unwind(depths[at] ?? 0);
  }
  const failed = failures.reduce((sum, count) => sum + count, 0);
  teller.ends(lab, failed);
  return failed;
}

function titlesOf({ evidence }: Step): Record<string, string> {
  return Object.fromEntries(Object.entries(evidence).map(([id, { title }]) => [id, title]));
}

async function ask(step: Step, pace: Prompter): Promise<[Prediction, string | undefined][]> {
  const guesses: [Prediction, string | undefined][] = [];
  for (const prediction of step.predictions ?? []) guesses.push([prediction, await pace.guess(prediction)]);
  return guesses;
}

/** Reads all items of a step's evidence. */
export async function readEvidence(step: Step, session: LabSession): Promise<Evidence> {
  const entries = Object.entries(step.evidence).map(
    async ([id, item]) => [id, await item.read(session)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

function judge(step: Step, evidence: Evidence, teller: Reporter): number {
  let failed = 0;
  for (const check of step.checks) {
    const fault = check.fault(evidence);
    if (fault !== undefined) failed++;
    teller.checked(check, fault);
  }
  return failed;
}
