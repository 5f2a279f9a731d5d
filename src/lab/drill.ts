import { checksOf, symptoms } from './control.ts';
import type { Fault, Lab } from './lab.ts';
import type { LabSession } from './lab-session.ts';
import { runLines } from './shell.ts';

/** A lab with one thing broken in it. */
export interface Drill {
  readonly lab: Lab;
  readonly fault: Fault;
  /** All faults of the lab, this one among them: what a learner may answer. */
  readonly choices: readonly Fault[];
}

/** Who is examined: a learner at a terminal, or a test. */
export interface Learner {
  /** What does not hold any more, in words. */
  shown(drill: Drill, session: LabSession, symptoms: readonly string[]): void;
  /** Which of the faults it is; undefined gives up. */
  diagnose(drill: Drill): Promise<Fault | undefined>;
  /** Has mended it, and wants to be judged; false gives up. */
  mend(drill: Drill, session: LabSession): Promise<boolean>;
  /** What came of a diagnosis, or of a repair: nothing is left to say when it is right. */
  judged(what: 'diagnosis' | 'repair', complaints: readonly string[]): void;
}

/** Everything that can be broken in what a lab has built, each thing once. */
export function faultsOf(lab: Lab): Fault[] {
  const faults = checksOf(lab).flatMap(({ check: { control } }) => ('breaks' in control ? [control] : []));
  return faults.filter(({ id }, index) => faults.findIndex((other) => other.id === id) === index);
}

/** One of the faults of these labs: the same for the same seed. */
export function chooseDrill(labs: readonly Lab[], seed: number): Drill | undefined {
  const all = labs.flatMap((lab) => faultsOf(lab).map((fault) => ({ lab, fault, choices: faultsOf(lab) })));
  return all[seed % all.length];
}

/** Builds the lab, breaks it, and examines. True when the fault was named and mended; the session takes all back. */
export async function runDrill(drill: Drill, session: LabSession, learner: Learner): Promise<boolean> {
  const { lab, fault } = drill;
  for (const step of lab.steps) await step.action(session);
  // What an earlier step has shown and a later one has undone is no symptom.
  const past = new Set((await symptoms(lab, session)).map(({ check }) => check.id));
  const now = async () => (await symptoms(lab, session)).filter(({ check }) => !past.has(check.id));
  await runLines(fault.breaks(session));
  const seen = (await now()).map(({ check, fault }) => `${check.says}: no. ${fault}`);
  learner.shown(drill, session, seen);
  for (;;) {
    const named = await learner.diagnose(drill);
    if (named === undefined) return false;
    const right = named.id === fault.id;
    learner.judged('diagnosis', right ? [] : [`it is not that: ${named.what}`]);
    if (right) break;
  }
  for (;;) {
    if (!(await learner.mend(drill, session))) return false;
    const left = (await now()).map(({ fault }) => fault);
    learner.judged('repair', left);
    if (left.length === 0) return true;
  }
}
