import type { Host } from './host.ts';
import { takeDown } from './take-down.ts';
import { asWork } from './unfinished.ts';
import { letGoOf, type OwnedPod } from './up.ts';

/**
 * Makes pods one after the other, each by one of `makers`. All or nothing: if one fails, the others are removed. `each` is
 * called with a pod as soon as it is made, `then` with all of them; until `then` has returned they end with this process.
 */
export async function makePods(
  host: Host,
  root: string,
  makers: readonly ((host: Host) => Promise<OwnedPod>)[],
  each: (pod: OwnedPod) => void,
  then: (made: readonly OwnedPod[]) => void | Promise<void> = () => {},
): Promise<readonly OwnedPod[]> {
  const made: OwnedPod[] = [];
  const ofOneCall: Host = { ...host, mended: new Set() };
  try {
    for (const make of makers) {
      const fresh = await make(ofOneCall);
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

/** Of a pod that was taken down: nothing of it is ours any more. */
export async function letGo({ holder, parts, finish }: OwnedPod): Promise<void> {
  letGoOf(parts);
  holder.letGo();
  await finish();
}

/** `takeDown` locks each pod itself, so the locks are released first. */
async function undo(host: Host, root: string, made: readonly OwnedPod[]): Promise<void> {
  if (made.length === 0) return;
  await asWork(host, root, async () => {
    for (const fresh of made) {
      await letGo(fresh);
      fresh.pod.release();
    }
    const names = made.map(({ pod }) => pod.intent.name);
    await takeDown(host, root, names, { how: 'at once' });
  });
}
