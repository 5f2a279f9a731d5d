import { lockPod } from '../../pod/store.ts';
import { endWorkload, forgetWorkload } from '../../pod/workload.ts';
import type { Bench } from '../bench.ts';

/** Ends a workload and forgets it. Already gone is fine, also with its pod. */
export async function removeWorkload(bench: Bench, pod: string, name: string): Promise<void> {
  const doors = await bench.doors();
  const locked = await lockPod(doors, bench.root, pod);
  if (locked === undefined || locked === 'busy') return;
  try {
    await endWorkload(doors, locked.files, name, 'at once');
    await forgetWorkload(doors, bench.root, locked, name);
  } finally {
    locked.release();
  }
}
