import { basename, dirname } from 'node:path';
import { openersBelow } from '../observe/openers.ts';
import { isRunning, type ProcessIdentity } from '../sys/procfs.ts';
import { signalProcess } from '../sys/signal.ts';
import type { Doors } from './doors.ts';
import { removeLimits } from './limits.ts';
import type { PodFiles } from './store.ts';
import { RECORD_FD } from './workload.ts';

/** A workload that goes on, though somebody's hand has removed its record: `rm -r workloads`. */
export interface Stray {
  readonly name: string;
  readonly shim: ProcessIdentity;
}

/** They still have the file open that has no name any more. */
export function strays(pod: PodFiles): Stray[] {
  return openersBelow(pod.workloads, RECORD_FD)
    .filter(({ removed }) => removed)
    .map((shim) => ({ name: basename(dirname(shim.path)), shim }));
}

/** Ends them at once: how they were to be ended stood in what was removed. */
export async function endStrays(doors: Doors, pod: PodFiles): Promise<Stray[]> {
  const found = strays(pod);
  for (const { shim } of found) signalProcess(doors.kernel, shim, 'SIGKILL');
  for (const { name, shim } of found) {
    await doors.until(() => !isRunning(shim), 2000);
    await removeLimits(doors, { pod: pod.name, workload: name });
  }
  return found;
}
