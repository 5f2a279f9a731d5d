import type { Fault, Lab } from './lab.ts';
import type { LabSession } from './lab-session.ts';
import { checksOf, symptoms } from './negative-control.ts';
import { runLines } from './run-lines.ts';

/** A lab with one injected fault. */
export interface Drill {
  readonly lab: Lab;
  readonly fault: Fault;
  /** All faults of the lab, including this one: the possible answers. */
  readonly choices: readonly Fault[];
}

/** Diagnoses and repairs the fault: a user at a terminal, or a test. */
export interface Learner {
  /** Shows the checks that fail. */
  showSymptoms(drill: Drill, session: LabSession, symptoms: readonly string[]): void;
  /** Returns the suspected fault; undefined gives up. */
  diagnose(drill: Drill): Promise<Fault | undefined>;
  /** Resolves when the fault is repaired and can be checked; false gives up. */
  repair(drill: Drill, session: LabSession): Promise<boolean>;
  /** Shows the result of a diagnosis or a repair. It is correct when there are no problems. */
  showResult(what: 'diagnosis' | 'repair', problems: readonly string[]): void;
}

/** The faults that can be injected into a lab, without duplicates. */
export function faultsOf(lab: Lab): Fault[] {
  const faults = checksOf(lab).flatMap(({ check: { control } }) => ('breaks' in control ? [control] : []));
  return faults.filter(({ id }, index) => faults.findIndex((other) => other.id === id) === index);
}

/** Chooses one fault of these labs. The same seed chooses the same fault. */
export function chooseDrill(labs: readonly Lab[], seed: number): Drill | undefined {
  const all = labs.flatMap((lab) => faultsOf(lab).map((fault) => ({ lab, fault, choices: faultsOf(lab) })));
  return all[seed % all.length];
}

/** Runs the lab, injects the fault and lets the learner find and repair it. True when both succeeded. The session undoes all. */
export async function runDrill(drill: Drill, session: LabSession, learner: Learner): Promise<boolean> {
  const { lab, fault } = drill;
  for (const step of lab.steps) await step.action(session);
  // A check of an earlier step that a later step has undone fails already: it is no symptom.
  const failedBefore = new Set((await symptoms(lab, session)).map(({ check }) => check.id));
  const now = async () => (await symptoms(lab, session)).filter(({ check }) => !failedBefore.has(check.id));
  await runLines(fault.breaks(session));
  const found = (await now()).map(({ check, fault }) => `${check.says}: no, ${fault}`);
  learner.showSymptoms(drill, session, found);
  for (;;) {
    const named = await learner.diagnose(drill);
    if (named === undefined) return false;
    const right = named.id === fault.id;
    learner.showResult('diagnosis', right ? [] : [`wrong diagnosis: ${named.what}`]);
    if (right) break;
  }
  for (;;) {
    if (!(await learner.repair(drill, session))) return false;
    const left = (await now()).map(({ fault }) => fault);
    learner.showResult('repair', left);
    if (left.length === 0) return true;
  }
}
