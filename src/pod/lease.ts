import { existsSync } from 'node:fs';
import { macOf, parseSubnet, withoutPrefix } from '../net/address.ts';
import {
  claim,
  hasLeases,
  type Lease,
  leaseAddress,
  leaseDirectory,
  leasesIn,
  readLease,
  refuseAddress,
  releaseLeases,
  Taken,
} from '../net/ipam.ts';
import { createNetwork, removeNetwork, subnetOf } from '../net/network.ts';
import { portLease, refuseForeignAddress, refuseLeased, refusePublished, refuseTaken } from '../net/port.ts';
import {
  type NetworkRecord,
  networkNames,
  type Remains,
  readNetwork,
  readRemains,
  remainsOf,
  sweepNetworkDrafts,
} from '../net/record.ts';
import { DEFAULT_NETWORK } from '../spec/network-spec.ts';
import { OperationError } from '../sys/errors.ts';
import { isHere } from '../sys/instance.ts';
import { isRunning } from '../sys/procfs.ts';
import type { Host } from './host.ts';
import { mend } from './mend.ts';
import { unnameNetns } from './netns-name.ts';
import { withNetworks } from './networks-lock.ts';
import type { Intent, InterfaceIntent, Wiring } from './record.ts';

/** Where published ports are leased: a name that no network can have. */
export const PORTS = '.ports';

/** Leases; where something is taken, by a pod that may be dead, once more after what is dead has been collected. */
export async function leaseOrCollect(
  host: Host,
  root: string,
  intent: Intent,
  collect: () => Promise<void>,
): Promise<Wiring[]> {
  try {
    return await lease(host, root, intent);
  } catch (error) {
    if (!(error instanceof Taken)) throw error;
    await collect();
    return lease(host, root, intent);
  }
}

/**
 * Leases an address in each network and the published ports, and makes the default network when this is its first pod. One
 * lock for all networks: a network cannot go between the look at it and the lease that keeps it.
 */
async function lease(host: Host, root: string, intent: Intent): Promise<Wiring[]> {
  const { interfaces } = intent;
  const body = async (): Promise<Wiring[]> => {
    const networks: NetworkRecord[] = [];
    for (const { network } of interfaces) networks.push(await findOrMake(host, root, network));
    const owner = leaseOf(intent);
    const ports = leaseDirectory(root, PORTS);
    if (intent.ports.length > 0) refuseLeased(ports, intent.ports);
    for (const port of intent.ports) claim(host.files, ports, portLease(port), owner);
    return networks.map((network, place) => {
      const directory = leaseDirectory(root, network.name);
      const wanted = interfaces[place] as InterfaceIntent;
      if (network.bridge !== undefined) refuseFullBridge(network, leasesIn(directory).length);
      return wiringOf(network, wanted, leaseAddress(host.files, directory, network, owner, wanted.ip));
    });
  };
  return withNetworks(host, root, body, { adds: true });
}

/** BR_MAX_PORTS of net/bridge/br_private.h, without port 0. */
const BRIDGE_PORTS = 1023;

function refuseFullBridge({ name, bridge }: NetworkRecord, pods: number): void {
  if (pods < BRIDGE_PORTS) return;
  throw new Taken(
    `network "${name}" has ${pods} pods, and its bridge ${bridge} has no more ports than that`,
    {
      code: 'ERR_ADDRESS_IN_USE',
      hint: 'a routed network has no such limit: nslab network create NAME --type ptp',
    },
  );
}

export function leaseOf({ name, instance, interfaces }: Intent): Lease {
  const { bootId } = instance;
  return { pod: name, bootId, ...(interfaces.length > 1 && { addresses: interfaces.length }) };
}

function wiringOf(network: NetworkRecord, { name, hostInterface }: InterfaceIntent, address: string): Wiring {
  return {
    network: network.name,
    ...(network.bridge !== undefined && { bridge: network.bridge }),
    table: network.table,
    hostInterface,
    interface: name,
    mac: macOf(address),
    address: `${address}/${network.bridge ? parseSubnet(network.subnet).prefix : 32}`,
    gateway: network.gateway,
    subnet: network.subnet,
    mtu: network.mtu,
  };
}

/** Refuses what the lease would refuse, while nothing is touched yet; the lease decides. */
export async function refuseUnleasable(
  host: Host,
  root: string,
  { interfaces, ports }: Pick<Intent, 'interfaces' | 'ports'>,
): Promise<void> {
  for (const { network } of interfaces)
    if (network !== DEFAULT_NETWORK && !readNetwork(root, network)) throw noSuchNetwork(network);
  refuseForeignAddress(ports);
  refuseTaken(ports);
  if (ports.length > 0) await refusePublished(host, host.instance(root).id, ports);
  for (const { network, ip } of interfaces)
    if (ip !== undefined)
      refuseAddress({ name: network, subnet: await subnetOf(host, root, { name: network }) }, ip);
}

/** What a pod gives back: what its intent names, and how it was wired, if it came to that. */
export interface Leaving {
  readonly intent: Pick<Intent, 'name' | 'netnsLink'> & {
    /** Undefined where its record is damaged. */
    readonly ports?: Intent['ports'];
    readonly interfaces: readonly Pick<InterfaceIntent, 'network'>[];
  };
  readonly wiring?: readonly Wiring[] | undefined;
}

/** Gives back addresses and ports of pods that are gone; the default network goes with its last one. */
export async function release(host: Host, root: string, leaving: readonly Leaving[]): Promise<void> {
  if (!existsSync(root)) return;
  const names = new Set(leaving.map(({ intent }) => intent.name));
  const used = new Set(leaving.flatMap(({ intent }) => intent.interfaces.map(({ network }) => network)));
  await withNetworks(host, root, async () => {
    await unnameNetns(
      host,
      root,
      leaving.map(({ intent }) => intent),
    );
    for (const network of used)
      releaseLeases(host.files, leaseDirectory(root, network), names, addressesIn(network, leaving));
    releaseLeases(host.files, leaseDirectory(root, PORTS), names, portsOf(leaving));
    // A network whose record was removed by hand is still on that of its pods, and goes with the last of these.
    const known = networkNames(root);
    const lost = new Set(leaving.flatMap(({ wiring = [] }) => wiring.map(({ network }) => network)));
    await removeUnused(host, root);
    for (const network of lost)
      if (!known.includes(network) && !hasLeases(leaseDirectory(root, network)))
        await removeNetwork(host, root, remainsOf(network, host.instance(root)));
  });
}

function portsOf(leaving: readonly Leaving[]): string[] | undefined {
  if (leaving.some(({ intent }) => !intent.ports)) return undefined;
  return leaving.flatMap(({ intent: { ports = [] } }) => ports.map(portLease));
}

/** Their addresses in a network; undefined where one was never committed, and only its lease says which address it has. */
function addressesIn(network: string, leaving: readonly Leaving[]): string[] | undefined {
  const here = leaving.filter(({ intent }) => intent.interfaces.some((each) => each.network === network));
  const addresses = here.flatMap(({ wiring = [] }) => wiring.filter((each) => each.network === network));
  const isWhole = here.every(({ wiring }) => wiring?.some((each) => each.network === network));
  return isWhole ? addresses.map(({ address }) => withoutPrefix(address)) : undefined;
}

/** Removes networks that were never finished, and unused ones that were made on demand. Needs the lock. */
export async function removeUnused(host: Host, root: string): Promise<string[]> {
  sweepNetworkDrafts(host.files, root);
  const unused = unusedNetworks(host, root);
  for (const network of unused) await removeNetwork(host, root, network);
  return unused.map(({ name }) => name);
}

/** The networks without a user; leases of the pods in `gone` do not count. */
export function unusedNetworks(
  host: Pick<Host, 'instance'>,
  root: string,
  gone: ReadonlySet<string> = new Set(),
): Remains[] {
  return networkNames(root).flatMap((name) => {
    const network = readRemains(root, name, host.instance(root));
    const directory = leaseDirectory(root, name);
    const isGone = (lease: string) => gone.has(readLease(directory, lease)?.pod ?? '');
    const empty = gone.size === 0 ? !hasLeases(directory) : leasesIn(directory).every(isGone);
    // A network with a damaged record takes no new pods, but its pods may still run.
    const idle = network && 'ready' in network && network.onDemand && empty && !isAwaited(network);
    const unused = network && ('ready' in network ? !network.ready || idle : empty);
    return network && unused ? [network] : [];
  });
}

/** Whether the process that made a network on demand is still about to make its first pod. */
function isAwaited({ maker }: NetworkRecord): boolean {
  return maker !== undefined && isRunning(maker);
}

async function findOrMake(host: Host, root: string, name: string): Promise<NetworkRecord> {
  const found = readNetwork(root, name);
  if (found?.ready && isHere(found.instance, host.instance(root))) return mendOnce(host, root, found);
  host.transcript.step = 'network';
  // Left unfinished by a killed creator, or taken away by a reboot: what may still be there goes first.
  if (found) await removeNetwork(host, root, found);
  if (found?.ready) return createNetwork(host, root, found);
  if (name === DEFAULT_NETWORK) return createNetwork(host, root, { name, onDemand: true });
  throw noSuchNetwork(name);
}

/** Of the pods of one call the first looks after its network, for all of them. */
async function mendOnce(host: Host, root: string, found: NetworkRecord): Promise<NetworkRecord> {
  if (host.mended?.has(found.uid)) return found;
  const network = await mend(host, root, found);
  host.mended?.add(network.uid);
  return network;
}

function noSuchNetwork(name: string): OperationError {
  return new OperationError(`no network "${name}"`, {
    code: 'ERR_NETWORK_NOT_FOUND',
    hint: `make it: nslab network create ${name}`,
  });
}
