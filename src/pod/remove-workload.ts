import type { Host } from './host.ts';
import { lockPod } from './lock-pod.ts';
import { endWorkload, forgetWorkload } from './workload.ts';

/** Ends a workload at once and removes its record. Done already is fine, also when its pod is gone. */
export async function removeWorkload(host: Host, root: string, pod: string, name: string): Promise<void> {
  const locked = await lockPod(host, root, pod);
  if (locked === undefined || locked === 'busy') return;
  try {
    await endWorkload(host, locked.files, name, 'at once');
    await forgetWorkload(host, root, locked, name);
  } finally {
    locked.release();
  }
}
