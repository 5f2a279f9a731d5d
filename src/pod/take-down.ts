import type { Doors } from './doors.ts';
import { removeDamaged } from './gc.ts';
import { DamagedRecord, type LockedPod, lockPod } from './store.ts';
import { tearDown, tearDownAll } from './teardown.ts';

/**
 * Takes pods down by name: those that are not there are down already, and of a record that cannot be read what is found
 * is removed. They are locked in the order of their names: two that want the same ones do not wait for each other.
 */
export async function takeDown(doors: Doors, root: string, names: readonly string[]): Promise<void> {
  const locked: LockedPod[] = [];
  const damaged: string[] = [];
  try {
    for (const name of [...new Set(names)].sort()) {
      const pod = await lockPod(doors, root, name).catch((error: Error) => {
        if (!(error instanceof DamagedRecord)) throw error;
        damaged.push(name);
        return undefined;
      });
      if (pod && pod !== 'busy') locked.push(pod);
    }
    const [only] = locked;
    if (only && locked.length === 1) await tearDown(doors, root, only, 'gently');
    else await tearDownAll(doors, root, locked, 'gently');
  } finally {
    for (const pod of locked) pod.release();
  }
  for (const name of damaged) await removeDamaged(doors, root, name);
}
