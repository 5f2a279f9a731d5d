import { setTimeout as sleep } from 'node:timers/promises';
import type { PodManifest } from '../manifest/read.ts';
import { nextDue } from '../manifest/schedule.ts';
import { InputError } from '../sys/errors.ts';
import type { Interrupts } from '../sys/interrupts.ts';
import { printNotice } from './globals.ts';

/** The longest that a timer of Node can be, in milliseconds, is 24 days. */
const LONGEST = 86_400_000;

/**
 * Runs the pods of CronJobs when they are due, one run after the other, until a signal comes, which throws. What becomes due while another
 * run goes on is left out: `concurrencyPolicy: Forbid`.
 */
export async function runBySchedule(
  pods: readonly PodManifest[],
  interrupts: Interrupts,
  run: (due: readonly PodManifest[]) => Promise<void>,
): Promise<never> {
  for (;;) {
    const now = new Date();
    const dates = pods.map(
      ({ schedule = '', timeZone }) =>
        nextDue(schedule, now, timeZone)?.getTime() ?? Number.POSITIVE_INFINITY,
    );
    const next = Math.min(...dates);
    if (next === Number.POSITIVE_INFINITY) throw new InputError('none of these CronJobs is ever due');
    printNotice(`the next run is at ${new Date(next).toISOString()}`);
    while (Date.now() < next) await waitFor(Math.min(next - Date.now(), LONGEST), interrupts);
    await run(pods.filter((_, at) => dates[at] === next));
  }
}

/** A timer that goes on would keep this process from ending. */
async function waitFor(milliseconds: number, interrupts: Interrupts): Promise<void> {
  const timer = new AbortController();
  const wait = sleep(milliseconds, undefined, { signal: timer.signal });
  await interrupts.race(wait).finally(() => timer.abort());
}
