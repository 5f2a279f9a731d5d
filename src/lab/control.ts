import { setTimeout as sleep } from 'node:timers/promises';
import type { Check, Lab, Step } from './lab.ts';
import type { LabSession } from './lab-session.ts';
import { readEvidence } from './run-lab.ts';
import { runLines } from './shell.ts';

/** A check, where it stands, and what makes it fail. */
export interface Controlled {
  readonly lab: Lab;
  readonly step: Step;
  readonly check: Check;
}

/** All checks of a lab. */
export function checksOf(lab: Lab): Controlled[] {
  return lab.steps.flatMap((step) => step.checks.map((check) => ({ lab, step, check })));
}

/** What a negative control has shown. */
export interface Shown {
  /** Undefined: the check did not notice, and so is worth nothing. */
  readonly broken: string | undefined;
  /** Of a fault that was mended: undefined, as it must be. */
  readonly mended: string | undefined;
}

/** Brings a lab to the step of a check, done wrong or broken afterwards, and asks the check. */
export async function tryControl({ lab, step, check }: Controlled, session: LabSession): Promise<Shown> {
  const { control } = check;
  for (const each of lab.steps.slice(0, lab.steps.indexOf(step))) await each.action(session);
  if ('instead' in control) {
    await control.instead(session);
    return { broken: check.fault(await readEvidence(step, session)), mended: undefined };
  }
  await step.action(session);
  await runLines(control.breaks(session));
  const broken = check.fault(await readEvidence(step, session));
  await runLines(control.cures(session));
  return { broken, mended: await faultThatStays({ step, check }, session) };
}

/** What is mended needs a moment: the kernel tells of a carrier that is back once a second at most (net/core/link_watch.c). */
async function faultThatStays(
  { step, check }: Pick<Controlled, 'step' | 'check'>,
  session: LabSession,
): Promise<string | undefined> {
  for (const end = performance.now() + PATIENCE; ; await sleep(50)) {
    const fault = check.fault(await readEvidence(step, session));
    if (fault === undefined || performance.now() > end) return fault;
  }
}

const PATIENCE = 5000;

/** All checks that do not hold now, each with its sentence: the symptoms. */
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
