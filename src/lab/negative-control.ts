import { setTimeout as sleep } from 'node:timers/promises';
import type { Check, Fault, Lab, Step } from './lab.ts';
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

/** Runs a lab up to the step of a check, does the step wrong or breaks its result, and evaluates the check. */
export async function tryControl(
  { lab, step, check }: ControlledCheck,
  session: LabSession,
): Promise<ControlResult> {
  const { control } = check;
  for (const each of lab.steps.slice(0, lab.steps.indexOf(step))) await each.action(session);
  if ('instead' in control) {
    await control.instead(session);
    return { broken: check.fault(await readEvidence(step, session)), repaired: undefined };
  }
  await step.action(session);
  return tryFault({ step, check }, control, session);
}

/** The faults of one place in so many parts: each takes a second or more. */
export interface Part {
  readonly place: number;
  readonly of: number;
}

/** Runs a lab, and tries one after the other every fault that is noticed at its end: a later step may have undone a check. */
export async function* tryFaults(
  lab: Lab,
  session: LabSession,
  { place, of }: Part = { place: 0, of: 1 },
): AsyncGenerator<readonly [ControlledCheck, ControlResult]> {
  for (const step of lab.steps) await step.action(session);
  const failedBefore = new Set((await symptoms(lab, session)).map(({ check }) => check.id));
  for (const each of checksOf(lab).filter((_, at) => at % of === place)) {
    const { control, id } = each.check;
    if ('breaks' in control && !failedBefore.has(id)) yield [each, await tryFault(each, control, session)];
  }
}

async function tryFault(
  { step, check }: Pick<ControlledCheck, 'step' | 'check'>,
  { breaks, cures }: Fault,
  session: LabSession,
): Promise<ControlResult> {
  await runLines(breaks(session));
  const broken = check.fault(await readEvidence(step, session));
  await runLines(cures(session));
  return { broken, repaired: await faultAfterRepair({ step, check }, session) };
}

/** Waits for the fault to go: the kernel reports a restored carrier at most once a second (net/core/link_watch.c). */
async function faultAfterRepair(
  { step, check }: Pick<ControlledCheck, 'step' | 'check'>,
  session: LabSession,
): Promise<string | undefined> {
  for (const end = performance.now() + TIMEOUT; ; await sleep(50)) {
    const fault = check.fault(await readEvidence(step, session));
    if (fault === undefined || performance.now() > end) return fault;
  }
}

const TIMEOUT = 5000;

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
