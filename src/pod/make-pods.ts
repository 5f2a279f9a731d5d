import type { Host } from './host.ts';
import { takeDown } from './take-down.ts';
import type { OwnedPod } from './up.ts';

/**
 * Makes pods one after the other, each by one of `makers`. All or nothing: if one fails, the others are removed. `each` is
 * called with a pod as soon as it is made, `then` with all of them; until `then` has returned they end with this process.
 */
export async function makePods(
  host: Host,
  root: string,
  makers: readonly (() => Promise<OwnedPod>)[],
  each: (pod: OwnedPod) => void,
  then: (made: readonly OwnedPod[]) => void | Promise<void> = () => {},
): Promise<readonly OwnedPod[]> {
  const made: OwnedPod[] = [];
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
    await undo(host, root, made);
    throw error;
  } finally {
    for (const { pod } of made) pod.release();
  }
}

/** Detaches them from this process: from now on they outlive it. */
export async function detachAll(made: readonly OwnedPod[]): Promise<void> {
  for (const fresh of made) await fresh.detach();
}

export function letGo({ holder, workloads }: OwnedPod): void {
  for (const workload of workloads) workload.letGo();
  holder.letGo();
}

/** `takeDown` locks each pod itself, so the locks are released first. */
async function undo(host: Host, root: string, made: readonly OwnedPod[]): Promise<void> {
  for (const fresh of made) {
    letGo(fresh);
    fresh.pod.release();
  }
  const names = made.map(({ pod }) => pod.intent.name);
  await takeDown(host, root, names, { how: 'at once' });
}
