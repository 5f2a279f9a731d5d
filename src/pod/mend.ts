import { lstatSync } from 'node:fs';
import { withoutPrefix } from '../net/address.ts';
import { type Lost, mendNetwork } from '../net/mend-network.ts';
import type { Operation } from '../net/operations.ts';
import { publishPorts } from '../net/port.ts';
import { type NetworkRecord, networkNames, readMaybeNetwork } from '../net/record.ts';
import { isHere } from '../sys/instance.ts';
import { isRunning } from '../sys/procfs.ts';
import type { Host } from './host.ts';
import { giveNetnsName } from './netns-name.ts';
import { type Intent, ownerOf, type Wiring } from './record.ts';
import { type LockedPod, podNames, readMaybePod } from './store.ts';

/**
 * Asks the kernel whether a network still stands, makes again what another program has removed of it, and puts its pods
 * back: the ports of the bridge, the elements of published ports. Needs the networks' lock.
 */
export async function mend(host: Host, root: string, record: NetworkRecord): Promise<NetworkRecord> {
  const { network, lost } = await mendNetwork(host, root, record);
  if (lost.length === 0) return network;
  const pods = podsIn(host, root, network.name);
  if (lost.includes('bridge')) await replug(host, network, pods);
  if (lost.includes('rules')) await republish(host, network, pods);
  host.warn(`network "${network.name}" is whole again: another program had removed ${namesOf(record, lost)}`);
  return network;
}

/** All networks of here. Needs the networks' lock. */
export async function mendNetworks(host: Host, root: string): Promise<void> {
  const current = host.instance(root);
  for (const name of networkNames(root)) {
    const network = readMaybeNetwork(root, name);
    if (network?.ready && isHere(network.instance, current)) await mend(host, root, network);
  }
}

function namesOf({ bridge, table }: NetworkRecord, lost: readonly Lost[]): string {
  return lost
    .map((each) => (each === 'bridge' ? `its bridge ${bridge}` : `its table ip ${table}`))
    .join(' and ');
}

type WiredPod = { readonly intent: Intent; readonly wiring: Wiring };

function podsIn(host: Host, root: string, network: string): WiredPod[] {
  const current = host.instance(root);
  return podNames(root).flatMap((name) => {
    const { intent, status } = readMaybePod(root, name) ?? {};
    const wiring = status?.wiring;
    const isWhole = intent && !status?.terminating && isHere(intent.instance, current);
    return isWhole && wiring?.network === network ? [{ intent, wiring }] : [];
  });
}

/** With the bridge its ports were lost, though not what hangs on them. */
async function replug(host: Host, { bridge }: NetworkRecord, pods: readonly WiredPod[]): Promise<void> {
  if (bridge === undefined) return;
  const there = new Set((await host.net.links()).map(({ name }) => name));
  const operations = pods.flatMap(({ intent, wiring: { hostInterface: name } }): Operation[] => {
    if (!there.has(name)) return [];
    return [
      { do: 'setMaster', name, master: bridge },
      ...(intent.ports.length > 0 ? [{ do: 'setHairpin', name } as const] : []),
    ];
  });
  if (operations.length > 0) await host.net.apply(operations);
}

async function republish(host: Host, { table }: NetworkRecord, pods: readonly WiredPod[]): Promise<void> {
  for (const { intent, wiring } of pods) {
    const { ports } = intent;
    const address = withoutPrefix(wiring.address);
    if (ports.length > 0) await publishPorts(host, table, { owner: ownerOf(intent), address, ports });
  }
}

/** Gives a pod its name below /run/netns again, where another program has removed it (`ip netns delete`). */
export async function mendNetnsName(host: Host, root: string, pod: LockedPod): Promise<boolean> {
  const { intent, status, files } = pod;
  if (!intent.netnsLink || !status?.holder) return false;
  const isThere = (path: string) => lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  if (isThere(intent.netnsLink) && isThere(files.netns)) return false;
  if (!isRunning(status.holder)) return false;
  await giveNetnsName(host, root, pod, status.holder.pid);
  return true;
}
