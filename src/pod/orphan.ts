import { existsSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { openersBelow } from '../observe/openers.ts';
import { busyboxPath } from '../sys/busybox.ts';
import { RECORD_FD } from '../sys/descriptors.ts';
import type { KnownProcess } from '../sys/known-process.ts';
import { isSealed } from '../sys/seal.ts';
import { killAll } from './end-shims.ts';
import type { Host } from './host.ts';
import { removeLimits } from './limits.ts';
import type { PodFiles } from './store.ts';

/** A workload that runs although its record was removed by hand, as by `rm -r workloads`. */
export interface OrphanedWorkload {
  readonly pod: PodFiles;
  readonly name: string;
  readonly shim: KnownProcess;
}

/**
 * Whether workloads of a pod may run without a record: somebody else has changed their directory, or removed it. A look at
 * every process of the machine is too slow for a pod whose workloads are all on record.
 */
export function mayHaveOrphans({ workloads, applets }: PodFiles): boolean {
  if (existsSync(workloads)) return !isSealed(workloads);
  // The list of applets comes with the first workload and goes with the last, where there is a busybox.
  return existsSync(applets) || busyboxPath() === undefined;
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
  await killAll(
    host,
    found.map(({ shim }) => shim),
  );
  for (const { pod, name } of found) await removeLimits(host, { pod, workload: name });
  return found;
}
