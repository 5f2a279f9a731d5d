import { setTimeout as sleep } from 'node:timers/promises';
import type { Check, Fault, Lab, Step, Variant } from './lab.ts';
import type { LabSession } from './lab-session.ts';
import { readEvidence } from './run-lab.ts';
import { runLines } from './run-lines.ts';

/** A check with its lab and step. */
export interface ControlledCheck {
  readonly lab: Lab;
  readonly step: Step;
  readonly check: Check;
}

/** All checks of a lab, each as often as there are ways to make it fail. */
export function checksOf(lab: Lab): ControlledCheck[] {
  return lab.steps.flatMap((step) =>
    step.checks.flatMap((check) =>
      [check.control, ...check.others].map((control) => ({ lab, step, check: { ...check, control } })),
    ),
  );
}

/** The result of a negative control. */
export interface ControlResult {
  /** The fault that the check reported. Undefined: the check did not fail, so it proves nothing. */
  readonly broken: string | undefined;
  /** The fault after the repair. It must be undefined. */
  readonly repaired: string | undefined;
}

/** Those of one place in so many parts: each takes a second or more. */
export interface Part {
  readonly place: number;
  readonly of: number;
}

/**
 * Runs a lab once, and tries the control of every check on the way: a step is done wrong and undone before it is done right, and
 * its result is broken and repaired before the next step.
 */
export async function* tryControls(
  lab: Lab,
  session: LabSession,
  { place, of }: Part = { place: 0, of: 1 },
): AsyncGenerator<readonly [ControlledCheck, ControlResult]> {
  const chosen = checksOf(lab).filter((_, at) => at % of === place);
  for (const step of lab.steps) {
    const own = chosen.filter((each) => each.step === step);
    for (const each of own)
      if ('instead' in each.check.control) yield [each, await tryVariant(each, each.check.control, session)];
    await step.action(session);
    for (const each of own)
      if ('breaks' in each.check.control) yield [each, await tryFault(each, each.check.control, session)];
  }
}

async function tryVariant(
  { step, check }: ControlledCheck,
  { instead }: Variant,
  session: LabSession,
): Promise<ControlResult> {
  const { depth } = session;
  await instead(session);
  const broken = check.fault(await readEvidence(step, session));
  await session.unwind(depth);
  return { broken, repaired: undefined };
}

async function tryFault(
  { step, check }: Pick<ControlledCheck, 'step' | 'check'>,
  { breaks, cures }: Fault,
  session: LabSession,
): Promise<ControlResult> {
  await runLines(breaks(session));
  const broken = await soon((fault) => fault !== undefined);
  await runLines(cures(session));
  return { broken, repaired: await soon((fault) => fault === undefined) };

  /**
   * What the check says as soon as it is what is wanted. The kernel reports a restored carrier at most once a second
   * (net/core/link_watch.c); and a busy machine may answer so late that a check says nothing, or too much.
   */
  async function soon(isWanted: (fault: string | undefined) => boolean): Promise<string | undefined> {
    for (const end = performance.now() + PATIENCE; ; await sleep(50)) {
      const fault = check.fault(await readEvidence(step, session));
      if (isWanted(fault) || performance.now() > end) return fault;
    }
  }
}

/** Milliseconds. They matter only where a check does not say what it should. */
const PATIENCE = 30_000;

/** The checks that fail now, each with its fault. */
export async function symptoms(
  lab: Lab,
  session: LabSession,
): Promise<{ readonly check: Check; readonly fault: string }[]> {
  const found: { check: Check; fault: string }[] = [];
  for (const step of lab.steps) {
    const evidence = await readEvidence(step, session);
    for (const check of step.checks) {
      const fault = check.fault(evidence);
      if (fault !== undefined) found.push({ check, fault });
    }
  }
  return found;
}
