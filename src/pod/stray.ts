import { basename, dirname } from 'node:path';
import { openersBelow } from '../observe/openers.ts';
import { isRunning, type ProcessIdentity } from '../sys/procfs.ts';
import { signalProcess } from '../sys/signal.ts';
import { RECORD_FD } from './descriptors.ts';
import type { Doors } from './doors.ts';
import { removeLimits } from './limits.ts';
import type { PodFiles } from './store.ts';

/** A workload that goes on, though somebody's hand has removed its record: `rm -r workloads`. */
export interface Stray {
  readonly pod: string;
  readonly name: string;
  readonly shim: ProcessIdentity;
}

/** They still have the file open that has no name any more. */
export function strays(pods: readonly PodFiles[]): Stray[] {
  const directories = new Map(pods.map((pod) => [pod.workloads, pod.name]));
  return openersBelow([...directories.keys()], RECORD_FD)
    .filter(({ removed }) => removed)
    .flatMap((shim) => {
      const workload = dirname(shim.path);
      const pod = directories.get(dirname(workload));
      return pod === undefined ? [] : [{ pod, name: basename(workload), shim }];
    });
}

/** Ends them at once: how they were to be ended stood in what was removed. */
export async function endStrays(doors: Doors, pods: readonly PodFiles[]): Promise<Stray[]> {
  const found = strays(pods);
  for (const { shim } of found) signalProcess(doors.kernel, shim, 'SIGKILL');
  for (const { pod, name, shim } of found) {
    await doors.until(() => !isRunning(shim), 2000);
    await removeLimits(doors, { pod, workload: name });
  }
  return found;
}
