import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isRunning, type ProcessIdentity } from '../../sys/procfs.ts';
import type { LabSession } from '../lab-session.ts';

/** Sends KILL to the process of a role and waits until it has ended. */
export async function kill(session: LabSession, role: string): Promise<void> {
  const victim = identify(session.pid(role));
  if (victim) await killProcess(victim);
}

/** The same for a process that was identified while it surely was the one: it may have ended meanwhile. */
export async function killProcess(victim: ProcessIdentity): Promise<void> {
  if (!isRunning(victim)) return;
  process.kill(victim.pid, 'SIGKILL');
  for (const end = performance.now() + 2000; isRunning(victim) && performance.now() < end; ) await sleep(5);
}
