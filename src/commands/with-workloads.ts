import type { LockedPod } from '../pod/store.ts';
import { lockPod } from '../pod/store.ts';
import { findTarget } from '../pod/target.ts';
import { readWorkload, readWorkloads, type WorkloadRecord } from '../pod/workload-record.ts';
import { OperationError } from '../sys/errors.ts';
import type { Session } from './session.ts';

/** Locks a pod and runs `body` with the named workload, or with all of the pod. The pod's transcript has what it does. */
export async function withWorkloads<T>(
  { root, host }: Session,
  name: string,
  body: (pod: LockedPod, workloads: readonly WorkloadRecord[]) => Promise<T>,
): Promise<T> {
  const target = findTarget(root, name);
  const pod = await lockPod(host, root, target.pod.intent.name);
  if (pod === undefined || pod === 'busy')
    throw new OperationError(`pod "${target.pod.intent.name}" is gone`);
  const closeTranscript = host.keepTranscript(pod.files.transcript);
  try {
    // Read again under the lock: the records may have changed.
    const one = target.workload && readWorkload(pod.files, target.workload.name);
    if (target.workload && !one) throw new OperationError(`workload "${name}" is gone`);
    return await body(pod, one ? [one] : readWorkloads(pod.files));
  } finally {
    closeTranscript();
    pod.release();
  }
}
