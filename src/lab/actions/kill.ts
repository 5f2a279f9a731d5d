import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isRunning } from '../../sys/procfs.ts';
import type { LabSession } from '../lab-session.ts';

/** Ends a process that plays a role, at once, and waits until it is gone. */
export async function kill(session: LabSession, who: string): Promise<void> {
  const victim = identify(session.pid(who));
  if (!victim) return;
  process.kill(victim.pid, 'SIGKILL');
  for (const end = performance.now() + 2000; isRunning(victim) && performance.now() < end; ) await sleep(5);
}
