import type { Doors } from './doors.ts';
import { tearDownAll } from './teardown.ts';
import type { FreshPod } from './up.ts';

/**
 * Makes pods, one after the other, each by a function that does it; says of each when it is there. `then` gives them to
 * whoever shall have them. When one fails, none is left; and until `then` they all end with their maker. A kill in the middle
 * of that leaves each of them whole or gone, and not all of them alike.
 */
export async function makeTogether(
  doors: Doors,
  root: string,
  makers: readonly (() => Promise<FreshPod>)[],
  each: (fresh: FreshPod) => void,
  then: (made: readonly FreshPod[]) => void | Promise<void>,
): Promise<readonly FreshPod[]> {
  const made: FreshPod[] = [];
  try {
    for (const make of makers) {
      const fresh = await make();
      made.push(fresh);
      fresh.pod.keep();
      each(fresh);
    }
    await then(made);
    return made;
  } catch (error) {
    await undo(doors, root, made);
    throw error;
  } finally {
    for (const { pod } of made) pod.release();
  }
}

/** From now on they live without us. */
export async function detachAll(made: readonly FreshPod[]): Promise<void> {
  for (const fresh of made) await fresh.detach();
}

export function letGo({ holder, workloads }: FreshPod): void {
  for (const workload of workloads) workload.letGo();
  holder.letGo();
}

/** What was made and nobody has been given: the failure of one pod takes back the others. */
async function undo(doors: Doors, root: string, made: readonly FreshPod[]): Promise<void> {
  for (const fresh of made) letGo(fresh);
  const pods = made.map(({ pod }) => pod);
  for (const failure of (await tearDownAll(doors, root, pods, 'at once')).values()) throw failure;
}
