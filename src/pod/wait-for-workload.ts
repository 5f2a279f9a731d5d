import { setTimeout as sleep } from 'node:timers/promises';
import { OperationError } from '../sys/errors.ts';
import { holdJobs } from './job.ts';
import type { WorkloadStatus } from './record.ts';
import type { PodFiles } from './store.ts';
import { isActive, readWorkload } from './workload-record.ts';

/** Waits until a workload has ended for good, however long that takes, or `signal` is aborted. */
export async function waitForWorkload(
  pod: PodFiles,
  name: string,
  signal?: AbortSignal,
): Promise<WorkloadStatus> {
  // The time to live of its Job may be none: then it would be gone before its end is seen.
  const release = holdJobs([pod]);
  try {
    for (let pause = 2; ; pause = Math.min(pause * 1.5, 100)) {
      const record = readWorkload(pod, name);
      if (!record)
        throw new OperationError(`workload "${pod.name}/${name}" was removed`, {
          code: 'ERR_WORKLOAD_NOT_FOUND',
        });
      if (!isActive(record)) return record.status;
      await sleep(pause, undefined, { signal });
    }
  } finally {
    release();
  }
}
