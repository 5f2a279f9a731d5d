import { basename, dirname } from 'node:path';
import { openersBelow } from '../observe/openers.ts';
import { isRunning, type ProcessIdentity } from '../sys/procfs.ts';
import { signalProcess } from '../sys/signal.ts';
import { RECORD_FD } from './descriptors.ts';
import type { Host } from './host.ts';
import { removeLimits } from './limits.ts';
import type { PodFiles } from './store.ts';

/** A workload that runs although its record was removed by hand, as by `rm -r workloads`. */
export interface OrphanedWorkload {
  readonly pod: PodFiles;
  readonly name: string;
  readonly shim: ProcessIdentity;
}

/** Finds shims whose status record, still open, has been unlinked. */
export function findOrphans(pods: readonly PodFiles[]): OrphanedWorkload[] {
  const directories = new Map(pods.map((pod) => [pod.workloads, pod]));
  return openersBelow([...directories.keys()], RECORD_FD)
    .filter(({ removed }) => removed)
    .flatMap((shim) => {
      const workload = dirname(shim.path);
      const pod = directories.get(dirname(workload));
      return pod === undefined ? [] : [{ pod, name: basename(workload), shim }];
    });
}

/** Kills them: their grace period was in the removed record. */
export async function endOrphans(host: Host, pods: readonly PodFiles[]): Promise<OrphanedWorkload[]> {
  const found = findOrphans(pods);
  for (const { shim } of found)
    signalProcess(host.kernel, shim, 'SIGKILL', 'ends a workload whose record was removed');
  for (const { pod, name, shim } of found) {
    await host.until(() => !isRunning(shim), 2000);
    await removeLimits(host, { pod, workload: name });
  }
  return found;
}
