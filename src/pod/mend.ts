import { lstatSync } from 'node:fs';
import { withoutPrefix } from '../net/address.ts';
import { openLink, openLoopback } from '../net/bridge.ts';
import { deviceExists } from '../net/device.ts';
import { setFirstRoutes } from '../net/first-route.ts';
import { openForwarding } from '../net/forwarding.ts';
import { type Lost, mendNetwork } from '../net/mend-network.ts';
import type { Operation } from '../net/operations.ts';
import { PublishedElsewhere, publishAlone, refusePublished } from '../net/port.ts';
import { forwardingOwner, type NetworkRecord, networkNames, readMaybeNetwork } from '../net/record.ts';
import { isHere } from '../sys/instance.ts';
import { findHolder } from './find-process.ts';
import type { Host } from './host.ts';
import type { LockedPod } from './lock-pod.ts';
import { giveNetnsName } from './netns-name.ts';
import { type Intent, leadsPorts, ownerOf, type Wiring } from './record.ts';
import { podNames, readMaybePod } from './store.ts';

/**
 * Asks the kernel whether a network still stands, makes again what another program has removed of it, and puts its pods
 * back: the ports of the bridge, the elements of published ports. Needs the networks' lock.
 */
export async function mend(host: Host, root: string, record: NetworkRecord): Promise<NetworkRecord> {
  const { network, lost } = await mendNetwork(host, root, record);
  if (await openForwarding(host, forwardingOwner(root, network.instance.id))) reopen(host, root);
  await coverRoutes(host, root, network);
  if (lost.length === 0) return network;
  const pods = podsIn(host, root, network.name);
  if (lost.includes('bridge')) await replug(host, network, pods);
  if (lost.includes('rules')) await republish(host, network, pods);
  host.warn(`network "${network.name}" is whole again: another program had removed ${namesOf(record, lost)}`);
  return network;
}

/** The links of nslab, after another program has turned forwarding off on every device. */
function reopen(host: Host, root: string): void {
  for (const name of networkNames(root)) {
    const network = readMaybeNetwork(root, name);
    if (!network?.ready || !isHere(network.instance, host.instance(root))) continue;
    const links = network.bridge ? [network.bridge] : podsIn(host, root, name).map(hostEnd);
    for (const link of links) if (deviceExists(link)) openLink(host, link);
  }
}

/** For rules that have come since the network was made. */
async function coverRoutes(host: Host, root: string, { name, bridge, subnet }: NetworkRecord): Promise<void> {
  if (bridge) return setFirstRoutes(host, [{ destination: subnet, name: bridge }]);
  if (!(await host.net.hasPolicyRules())) return;
  const routes = podsIn(host, root, name).map(({ wiring: { address, hostInterface } }) => ({
    destination: address,
    name: hostInterface,
  }));
  await setFirstRoutes(
    host,
    routes.filter((route) => deviceExists(route.name)),
  );
}

function hostEnd({ wiring }: WiredPod): string {
  return wiring.hostInterface;
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

/** A pod, and its interface in the network. */
type WiredPod = { readonly intent: Intent; readonly wiring: Wiring };

function podsIn(host: Host, root: string, network: string): WiredPod[] {
  const current = host.instance(root);
  return podNames(root).flatMap((name) => {
    const { intent, status } = readMaybePod(root, name) ?? {};
    const isWhole = intent && !status?.terminating && isHere(intent.instance, current);
    const wiring = status?.wiring.filter((each) => each.network === network) ?? [];
    return isWhole ? wiring.map((each) => ({ intent, wiring: each })) : [];
  });
}

/** With the bridge its ports were lost, though not what hangs on them. */
async function replug(host: Host, { bridge }: NetworkRecord, pods: readonly WiredPod[]): Promise<void> {
  if (bridge === undefined) return;
  const there = new Set((await host.net.links()).map(({ name }) => name));
  const operations = pods.flatMap(({ intent, wiring }): Operation[] => {
    const { hostInterface: name } = wiring;
    if (!there.has(name)) return [];
    return [
      { do: 'setMaster', name, master: bridge },
      ...(leadsPorts(intent, wiring) ? [{ do: 'setHairpin', name } as const] : []),
    ];
  });
  if (operations.length > 0) await host.net.apply(operations);
  if (operations.some((each) => each.do === 'setHairpin')) openLoopback(host, bridge);
}

async function republish(host: Host, { table }: NetworkRecord, pods: readonly WiredPod[]): Promise<void> {
  for (const { intent, wiring } of pods) {
    const { ports } = intent;
    const address = withoutPrefix(wiring.address);
    if (!leadsPorts(intent, wiring)) continue;
    const owner = ownerOf(intent);
    try {
      await refusePublished(host, owner.instance, ports);
      await publishAlone(host, table, { owner, address, ports });
      host.conntrack.forget(ports, host.warn);
    } catch (error) {
      // Another instance has taken it meanwhile. The pod runs on without it.
      if (!(error instanceof PublishedElsewhere)) throw error;
      host.warn(`the ports of pod "${intent.name}" are not published again: ${error.message}`);
    }
  }
}

/** Gives a pod its name below /run/netns again, where another program has removed it (`ip netns delete`). */
export async function mendNetnsName(host: Host, root: string, pod: LockedPod): Promise<boolean> {
  const { intent, status, files } = pod;
  if (!intent.netnsLink || !status?.holder) return false;
  const isThere = (path: string) => lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  if (isThere(intent.netnsLink) && (intent.pinned || isThere(files.netns))) return false;
  const holder = findHolder(pod);
  if (!holder) return false;
  await giveNetnsName(host, root, pod, holder.pid);
  return true;
}
