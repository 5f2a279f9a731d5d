import { podsIn } from '../net/ipam.ts';
import { createNetwork, removeNetwork } from '../net/network.ts';
import { findNetwork, type NetworkRecord, readRemains } from '../net/record.ts';
import { checkName } from '../spec/names.ts';
import type { NetworkSpec } from '../spec/network-spec.ts';
import { OperationError } from '../sys/errors.ts';
import { ourselves } from '../sys/procfs.ts';
import { withNetworks } from './networks-lock.ts';
import { beginWork, type Finish } from './unfinished.ts';
import type { Place } from './with-workloads.ts';

/** A network that was made, and is its maker's. */
interface OwnedNetwork {
  readonly record: NetworkRecord;
  /** To be called when it was given away, or is gone. Only one made on demand needs it. */
  readonly finish: Finish;
}

/** Makes a network. It stays until `dropNetwork`, or with `onDemand` until its last pod goes. */
export async function makeNetwork(place: Place, spec: NetworkSpec): Promise<OwnedNetwork> {
  checkName('network', spec.name);
  const finish = await beginWork(place.host, place.root);
  try {
    const record = await make(place, spec);
    // Made on demand, it is left behind if this process ends before its first pod is there.
    if (!spec.onDemand) await finish();
    return { record, finish };
  } catch (error) {
    await finish();
    throw error;
  }
}

function make({ host, root }: Place, spec: NetworkSpec): Promise<NetworkRecord> {
  host.transcript.step = 'network';
  return withNetworks(host, root, async () => {
    const made = await createNetwork(host, root, { ...spec, ...(spec.onDemand && { maker: ourselves() }) });
    try {
      await host.interrupts.heed();
    } catch (error) {
      await removeNetwork(host, root, made);
      throw error;
    }
    return made;
  });
}

/** Removes a network, also one whose record is damaged. Refused while a pod uses it. `uid`: only that one, not one made later. */
export async function dropNetwork({ host, root }: Place, name: string, uid?: string): Promise<void> {
  await withNetworks(host, root, async () => {
    const found = readRemains(root, name, host.instance(root)) ?? findNetwork(root, name);
    if (uid !== undefined && found.uid !== undefined && found.uid !== uid) return;
    const pods = podsIn(root, name);
    if (pods.length > 0)
      throw new OperationError(`network "${name}" is in use by ${pods.join(', ')}`, {
        code: 'ERR_NETWORK_IN_USE',
        hint: 'take these pods down first',
      });
    await removeNetwork(host, root, found);
  });
}
