import { OperationError } from '../sys/errors.ts';
import { podGone, refuseEnding } from './ending.ts';
import type { Host } from './host.ts';
import { type LockedPod, lockPod } from './lock-pod.ts';
import type { PodRecord } from './store.ts';
import { findTarget } from './target.ts';
import { readWorkload, readWorkloads, type WorkloadRecord } from './workload-record.ts';

/** What a verb acts through, and in which state directory. */
export interface Place {
  readonly root: string;
  readonly host: Host;
}

/**
 * Runs `body` with the named workload, or with all of the pod, without a lock: what waits for a user's program must not keep
 * other verbs from the pod. The pod's transcript has what it does.
 */
export async function withRunning<T>(
  { root, host }: Place,
  name: string,
  body: (pod: PodRecord, workloads: readonly WorkloadRecord[]) => Promise<T>,
): Promise<T> {
  const { pod, workload } = findTarget(root, name);
  const closeTranscript = host.keepTranscript(pod.files.transcript);
  try {
    return await body(pod, workload ? [workload] : readWorkloads(pod.files));
  } finally {
    closeTranscript();
  }
}

/** The same with the pod's lock held, for what is over at once. */
export async function withWorkloads<T>(
  { root, host }: Place,
  name: string,
  body: (pod: LockedPod, workloads: readonly WorkloadRecord[]) => Promise<T>,
): Promise<T> {
  const target = findTarget(root, name);
  const pod = await lockPod(host, root, target.pod.intent.name);
  if (pod === undefined || pod === 'busy') throw podGone(target.pod.intent.name);
  const closeTranscript = host.keepTranscript(pod.files.transcript);
  try {
    refuseEnding(pod);
    // Read again under the lock: the records may have changed.
    const one = target.workload && readWorkload(pod.files, target.workload.name);
    if (target.workload && !one)
      throw new OperationError(`workload "${name}" is gone`, { code: 'ERR_WORKLOAD_NOT_FOUND' });
    return await body(pod, one ? [one] : readWorkloads(pod.files));
  } finally {
    closeTranscript();
    pod.release();
  }
}
