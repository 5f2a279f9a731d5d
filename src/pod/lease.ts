import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { macOf, parseSubnet, withoutPrefix } from '../net/address.ts';
import {
  claim,
  leaseAddress,
  leaseDirectory,
  leasesIn,
  readLease,
  refuseAddress,
  releaseLeases,
} from '../net/ipam.ts';
import { createNetwork, removeNetwork, subnetOf } from '../net/network.ts';
import { portLease, refusePublished, refuseTaken } from '../net/port.ts';
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
import { directoryEntries } from '../sys/directory-entries.ts';
import { OperationError } from '../sys/errors.ts';
import { isHere } from '../sys/instance.ts';
import { isRunning } from '../sys/procfs.ts';
import type { Host } from './host.ts';
import { mend } from './mend.ts';
import { unnameNetns } from './netns-name.ts';
import { withNetworks } from './networks-lock.ts';
import type { Intent, Wiring } from './record.ts';
import { readMaybePod } from './store.ts';
import { INTERFACE } from './wire.ts';

/** Where published ports are leased: a name that no network can have. */
const PORTS = '.ports';

/**
 * Leases an address and the published ports, and makes the default network when this is its first pod. One lock for
 * all networks: a network cannot go between the look at it and the lease that keeps it.
 */
export async function lease(host: Host, root: string, intent: Intent, wanted?: string): Promise<Wiring> {
  const body = async (): Promise<Wiring> => {
    const network = await findOrMake(host, root, intent.network);
    const owner = { pod: intent.name, bootId: intent.instance.bootId };
    const ports = leaseDirectory(root, PORTS);
    for (const port of intent.ports) {
      if (claim(host.files, ports, portLease(port), owner)) continue;
      const other = readLease(ports, portLease(port))?.pod;
      throw new OperationError(
        `port ${port.hostPort}/${port.protocol} is published by pod "${other}" already`,
      );
    }
    const directory = leaseDirectory(root, network.name);
    const address = leaseAddress(host.files, directory, network, owner, wanted);
    return {
      network: network.name,
      ...(network.bridge !== undefined && { bridge: network.bridge }),
      table: network.table,
      hostInterface: intent.hostInterface ?? '',
      interface: INTERFACE,
      mac: macOf(address),
      address: `${address}/${network.bridge ? parseSubnet(network.subnet).prefix : 32}`,
      gateway: network.gateway,
      mtu: network.mtu,
    };
  };
  return withNetworks(host, root, body, { adds: true });
}

/** Refuses what the lease would refuse, while nothing is touched yet; the lease decides. */
export async function refuseUnleasable(
  host: Host,
  root: string,
  { network, ports }: Pick<Intent, 'network' | 'ports'>,
  wanted: string | undefined,
): Promise<void> {
  if (network !== DEFAULT_NETWORK && !readNetwork(root, network)) throw noSuchNetwork(network);
  refuseTaken(ports);
  if (ports.length > 0) await refusePublished(host, host.instance(root).id, ports);
  if (wanted === undefined) return;
  refuseAddress({ name: network, subnet: await subnetOf(host, root, { name: network }) }, wanted);
}

/** What a pod gives back: what its intent names, and how it was wired, if it came to that. */
export interface Leaving {
  readonly intent: Pick<Intent, 'name' | 'network' | 'netnsLink'>;
  readonly wiring?: Wiring | undefined;
}

/** Gives back addresses and ports of pods that are gone; the default network goes with its last one. */
export async function release(host: Host, root: string, leaving: readonly Leaving[]): Promise<void> {
  if (!existsSync(root)) return;
  const names = new Set(leaving.map(({ intent }) => intent.name));
  const used = new Set(leaving.map(({ intent }) => intent.network));
  await withNetworks(host, root, async () => {
    for (const { intent } of leaving)
      if (intent.netnsLink) unnameNetns(host.files, root, intent.name, intent.netnsLink);
    for (const network of [PORTS, ...used]) releaseLeases(host.files, leaseDirectory(root, network), names);
    // A network whose record was removed by hand is still on that of its pods, and goes with the last of these.
    const known = networkNames(root);
    const lost = new Set(leaving.flatMap(({ wiring }) => wiring?.network ?? []));
    await removeUnused(host, root);
    for (const network of lost)
      if (!known.includes(network) && leasesIn(leaseDirectory(root, network)).length === 0)
        await removeNetwork(host, root, remainsOf(network, host.instance(root)));
  });
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
    const empty = leasesIn(directory).every((lease) => gone.has(readLease(directory, lease)?.pod ?? ''));
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
  if (found?.ready && isHere(found.instance, host.instance(root))) return mend(host, root, found);
  host.transcript.step = 'network';
  // Left unfinished by a killed creator, or taken away by a reboot: what may still be there goes first.
  if (found) await removeNetwork(host, root, found);
  if (found?.ready) return createNetwork(host, root, found);
  if (name === DEFAULT_NETWORK) return createNetwork(host, root, { name, onDemand: true });
  throw noSuchNetwork(name);
}

function noSuchNetwork(name: string): OperationError {
  return new OperationError(`no network "${name}"`, { hint: `make it: nslab network create ${name}` });
}

/**
 * A lease that was removed or spoilt by hand is made again from its pod's own record: else the next pod would get the
 * address of this one. Needs the lock.
 */
export function mendLeases(host: Host, root: string, pods: ReadonlySet<string>): string[] {
  const { files } = host;
  const current = host.instance(root);
  const networks = directoryEntries(leaseDirectory(root, '.')).filter((network) => network !== PORTS);
  const owners = networks.flatMap((network) => {
    const directory = leaseDirectory(root, network);
    return leasesIn(directory).map((name) => readLease(directory, name)?.pod);
  });
  const without = new Set(pods);
  for (const owner of owners) without.delete(owner ?? '');
  return [...without].filter((name) => {
    const { intent, status } = readMaybePod(root, name) ?? {};
    if (!intent || !status?.wiring || status.terminating || !isHere(intent.instance, current)) return false;
    const address = withoutPrefix(status.wiring.address);
    const directory = leaseDirectory(root, status.wiring.network);
    // Of another pod it is not ours to take.
    if (readLease(directory, address)) return false;
    files.removeTree(join(directory, address));
    return claim(files, directory, address, { pod: name, bootId: current.bootId });
  });
}

/** Removes leases whose pod is gone, and drafts of leases: none is being made while the networks are locked. */
export function sweepLeases({ files }: Host, root: string, pods: ReadonlySet<string>): string[] {
  const stale = staleLeases(root, pods);
  for (const lease of stale) files.removeTree(leaseDirectory(root, lease));
  for (const network of directoryEntries(leaseDirectory(root, '.')))
    files.removeEmpty(leaseDirectory(root, network));
  files.removeEmpty(leaseDirectory(root, '.'));
  return stale;
}

/** Each as `NETWORK/ADDRESS`. */
export function staleLeases(root: string, pods: ReadonlySet<string>): string[] {
  return directoryEntries(leaseDirectory(root, '.')).flatMap((network) => {
    const directory = leaseDirectory(root, network);
    const isStale = (name: string) =>
      name.endsWith('.tmp') || !pods.has(readLease(directory, name)?.pod ?? '');
    return directoryEntries(directory)
      .filter(isStale)
      .map((name) => `${network}/${name}`);
  });
}
