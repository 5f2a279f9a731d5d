import { openersOf } from '../observe/openers.ts';
import { bootId, isRunning } from '../sys/procfs.ts';
import { RECORD_FD } from './descriptors.ts';
import type { Doors } from './doors.ts';
import { holderHoldsLock } from './holder.ts';
import type { LockedPod, PodFiles } from './store.ts';
import { strays } from './stray.ts';
import { isActive, readWorkload, workloadFiles, workloadNames } from './workload-record.ts';

/** `quiet`: before every changing verb, only what is certainly dead. `explicit`: `nslab gc`, also a pod without holder. */
export type Zeal = 'quiet' | 'explicit';

/** One thing that gc removed (or would remove), and why. */
export interface Finding {
  readonly what: string;
  readonly why: string;
}

/** What gc would do to a pod, without doing it. Undefined: nothing. */
export function judge(doors: Doors, pod: LockedPod, zeal: Zeal): string | undefined {
  const { intent, status, files } = pod;
  if (intent.bootId !== bootId()) return 'the machine has booted since it was made';
  if (!status) return 'its creator was killed before it was committed';
  const names = workloadNames(files);
  if (!intent.holder) return names.length === 0 ? 'it has no workload' : undefined;
  if (status.maker && !isRunning(status.maker)) return 'its creator was killed before it was whole';
  if (status.ending) return 'its `down` was interrupted';
  const alive = status.holder && isRunning(status.holder) && holderHoldsLock(doors, pod);
  if (alive) return undefined;
  if (!names.some((name) => isAlive(files, name))) return 'its holder and all its workloads are dead';
  return zeal === 'explicit' ? 'its holder is dead' : undefined;
}

/** What is said of a pod that cannot be judged: whoever has its lock may be at work on it. */
export const busyNote = (pod: string): string =>
  `pod "${pod}" is left alone: another nslab has its lock, or a tool of one that was killed`;

function isAlive(files: PodFiles, name: string): boolean {
  const { status } = workloadFiles(files, name);
  return openersOf(status, RECORD_FD).length > 0;
}

/** Records of workloads whose creator was killed before it let them go, and those that cannot be read. */
export function judgeWorkloads(pod: LockedPod, zeal: Zeal): (Finding & { readonly name: string })[] {
  return workloadNames(pod.files).flatMap((name) => {
    const why = judgeWorkload(pod, name);
    // Its record may have been lost while it is at work: that is not certainly dead.
    if (why === undefined || (zeal === 'quiet' && isAlive(pod.files, name))) return [];
    return [{ name, what: `workload ${pod.intent.name}/${name}`, why }];
  });
}

function judgeWorkload({ files }: LockedPod, name: string): string | undefined {
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

/** Workloads that go on without a record. To find them takes a look at every process: not before every verb. */
export function judgeStrays({ files, intent }: LockedPod): Finding[] {
  return strays([files]).map(({ name }) => ({
    what: `workload ${intent.name}/${name}`,
    why: 'its record was removed',
  }));
}
