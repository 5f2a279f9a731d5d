import { openersOf } from '../observe/openers.ts';
import { RECORD_FD } from '../sys/descriptors.ts';
import { isHere } from '../sys/instance.ts';
import { bootId, isRunning } from '../sys/procfs.ts';
import { holderHoldsLock } from './end-holder.ts';
import { findHolder } from './find-process.ts';
import type { Host } from './host.ts';
import type { LockedPod } from './lock-pod.ts';
import { findOrphans } from './orphan.ts';
import type { PodFiles } from './store.ts';
import { isActive, readWorkload, workloadFiles, workloadNames } from './workload-record.ts';

/** `quiet`: what is certainly dead, before every changing verb. `full`: `nslab gc`, also pods without a holder. */
export type GcMode = 'quiet' | 'full';

/** One thing that gc removes, and why. */
export interface Garbage {
  readonly what: string;
  readonly why: string;
}

/** Why a pod is garbage, or undefined. */
export function classify(host: Host, root: string, pod: LockedPod, mode: GcMode): string | undefined {
  const { intent, status, files } = pod;
  if (intent.instance.bootId !== bootId()) return 'the machine has booted since it was made';
  if (!isHere(intent.instance, host.instance(root))) return 'the namespaces that it was made in are gone';
  if (!status) return 'its creator was killed before it was committed';
  const names = workloadNames(files);
  if (!intent.holder) return names.length === 0 ? 'it has no workload' : undefined;
  if (status.maker && !isRunning(status.maker)) return 'its creator was killed before it was whole';
  if (status.terminating) return isRunning(status.terminating) ? undefined : 'its `down` was interrupted';
  const alive = findHolder(pod) && holderHoldsLock(host, pod);
  if (alive) return undefined;
  if (!names.some((name) => isAlive(files, name))) return 'its holder and all its workloads are dead';
  return mode === 'full' ? 'its holder is dead' : undefined;
}

/** The warning about a pod that cannot be classified, because another process has its lock. */
export const busyNote = (pod: string): string =>
  `pod "${pod}" is left alone: another nslab has its lock, or a tool of one that was killed`;

function isAlive(files: PodFiles, name: string): boolean {
  const { status } = workloadFiles(files, name);
  return openersOf(status, RECORD_FD).length > 0;
}

/** Records of workloads whose creator was killed before it let them go, and those that cannot be read. */
export function classifyWorkloads(pod: LockedPod, mode: GcMode): (Garbage & { readonly name: string })[] {
  return workloadNames(pod.files).flatMap((name) => {
    const why = classifyWorkload(pod, name);
    // Its record may have been lost while it is at work: that is not certainly dead.
    if (why === undefined || (mode === 'quiet' && isAlive(pod.files, name))) return [];
    return [{ name, what: `workload ${pod.intent.name}/${name}`, why }];
  });
}

function classifyWorkload({ files }: LockedPod, name: string): string | undefined {
  try {
    const record = readWorkload(files, name);
    if (!record) return 'its creator was killed before it was started';
    if (record.spec.kept) return undefined;
    // While its creator lives it is not left behind. And a shim that lost its creator ends by itself.
    if (record.status.stay || isRunning(record.spec.creator) || isActive(record)) return undefined;
    return 'its creator was killed before it was committed';
  } catch (error) {
    return (error as Error).message;
  }
}

/** Workloads that run without a record. */
export function orphans({ files, intent }: LockedPod): Garbage[] {
  return findOrphans([files]).map(({ name }) => ({
    what: `workload ${intent.name}/${name}`,
    why: 'its record was removed',
  }));
}
