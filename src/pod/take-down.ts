import type { Host } from './host.ts';
import { removeDamaged } from './remove-damaged.ts';
import { DamagedRecord, type LockedPod, lockPod } from './store.ts';
import { type How, tearDown, tearDownAll } from './teardown.ts';

/** Each holds a lock that the tools inherit, and select(2), which nft uses, knows no descriptor from 1024 on. */
const AT_ONCE = 500;

/**
 * Takes pods down by name, and says of each when it is gone: one that is not there is down already, and of a record that
 * cannot be read what is found is removed. One that fails keeps no other from going; the first failure is thrown at the
 * end. They are locked in the order of their names: two that want the same ones do not wait for each other.
 */
export async function takeDown(
  host: Host,
  root: string,
  names: readonly string[],
  { gone = () => {}, how = 'gently' }: { readonly gone?: (name: string) => void; readonly how?: How } = {},
): Promise<void> {
  const failures = new Map<string, unknown>();
  const sorted = [...new Set(names)].sort();
  for (let begun = 0; begun < sorted.length; begun += AT_ONCE)
    await takeSome(host, root, sorted.slice(begun, begun + AT_ONCE), how, failures);
  for (const name of names) if (!failures.has(name)) gone(name);
  for (const failure of failures.values()) throw failure;
}

async function takeSome(
  host: Host,
  root: string,
  names: readonly string[],
  how: How,
  failures: Map<string, unknown>,
): Promise<void> {
  const locked: LockedPod[] = [];
  const attempt = async (name: string, action: () => Promise<void>) => {
    try {
      await action();
    } catch (error) {
      failures.set(name, error);
    }
  };
  try {
    for (const name of names)
      await attempt(name, async () => {
        const pod = await lockOrRemove(host, root, name);
        if (pod) locked.push(pod);
      });
    const [only] = locked;
    if (only && locked.length === 1) await attempt(only.intent.name, () => tearDown(host, root, only, how));
    else
      for (const [{ intent }, error] of await tearDownAll(host, root, locked, how))
        failures.set(intent.name, error);
  } finally {
    for (const pod of locked) pod.release();
  }
}

async function lockOrRemove(host: Host, root: string, name: string): Promise<LockedPod | undefined> {
  try {
    const pod = await lockPod(host, root, name);
    return pod === 'busy' ? undefined : pod;
  } catch (error) {
    if (!(error instanceof DamagedRecord)) throw error;
    await removeDamaged(host, root, name);
    return undefined;
  }
}
