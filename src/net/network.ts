import { DEFAULT_NETWORK, type NetworkSpec } from '../spec/network-spec.ts';
import { checkNumber } from '../spec/number.ts';
import { InputError, OperationError } from '../sys/errors.ts';
import { bootId, type ProcessIdentity } from '../sys/procfs.ts';
import { settleAll } from '../sys/settle-all.ts';
import { addressAt, macOf, overlaps, parseSubnet, routeRange, type Subnet } from './address.ts';
import { bridgeOperations, openLink } from './bridge.ts';
import { deleteOurLink } from './delete-links.ts';
import type { Link, Route } from './driver.ts';
import { acceptText, findDroppingChain, removeAcceptRules } from './filter.ts';
import { allowForwarding, forgetForwarding, restoreForwarding } from './forwarding.ts';
import { kernelName, mark } from './names.ts';
import type { NetHost } from './net-host.ts';
import {
  type NetworkRecord,
  networkFile,
  networkNames,
  networksDirectory,
  type Remains,
  readNetwork,
  readRemains,
} from './record.ts';
import { removeTableText, tableText } from './ruleset.ts';

/** Makes a network: its bridge, its rules, forwarding. To be called with the networks' lock held. */
/** A network made on demand stays while `maker` runs: its first pod is still to come. */
type NewNetwork = NetworkSpec & { readonly maker?: ProcessIdentity };

export async function createNetwork(host: NetHost, root: string, spec: NewNetwork): Promise<NetworkRecord> {
  if (readNetwork(root, spec.name)) throw new OperationError(`network "${spec.name}" exists already`);
  const { record, outer } = await plan(host, root, spec);
  host.files.replace(networkFile(root, record.name), JSON.stringify(record));
  try {
    await make(host, root, record, outer);
  } catch (error) {
    await removeNetwork(host, root, record);
    throw error;
  }
  const ready = { ...record, ready: true };
  host.files.replace(networkFile(root, record.name), JSON.stringify(ready));
  return ready;
}

/**
 * Takes a network down and forgets it: the same for a whole one and for what a killed creator left. Twice is fine.
 * To be called with the networks' lock held.
 */
export async function removeNetwork(host: NetHost, root: string, record: Remains): Promise<void> {
  const directory = networksDirectory(root);
  const last = networkNames(root).every((name) => name === record.name);
  if (record.bootId === bootId()) {
    // First of all: a network that is not ready is not used, and gc finishes a removal that was killed half-way.
    if ('ready' in record && record.ready)
      host.files.replace(networkFile(root, record.name), JSON.stringify({ ...record, ready: false }));
    await host.nft.apply(removeTableText(record.table), 'the rules go with the network');
    if (record.acceptedIn) await removeAcceptRules(host, record.name);
    for (const bridge of await bridgesOf(host, record))
      await deleteOurLink(host, bridge, mark('network', record.name), bornWith(record));
    if (last) restoreForwarding(host, directory);
  } else if (last) {
    // The machine has booted since: its settings are its own again.
    forgetForwarding(host, directory);
  }
  host.files.removeTree(networkFile(root, record.name));
}

/** The bridge that is on record; where no record says even whether there is one, those that say it themselves. */
async function bridgesOf({ net }: NetHost, { name, bridge, type }: Remains): Promise<string[]> {
  if (bridge !== undefined) return [bridge];
  const links = type === undefined ? await net.links() : [];
  return links.flatMap((link) =>
    link.kind === 'bridge' && link.alias === mark('network', name) ? [link.name] : [],
  );
}

/**
 * The MAC with which our bridge is created. The kernel sets an alias only on an existing link, so a kill between the two
 * calls leaves a bridge without one. It is recognized by this MAC and its name on record.
 */
function bornWith({ gateway }: Remains): string | undefined {
  return gateway === undefined ? undefined : macOf(gateway);
}

/** The subnet that a network has, or would get if it were made now. Asks, and makes nothing. */
export async function subnetOf(host: Pick<NetHost, 'net'>, root: string, spec: NewNetwork): Promise<string> {
  const found = readNetwork(root, spec.name);
  if (found) return found.subnet;
  const routes = await host.net.routes();
  return chooseSubnet(spec.subnet, routes, otherNetworks(root)).cidr;
}

function otherNetworks(root: string): NetworkRecord[] {
  // Of one whose record is damaged the bridge's route still says what it takes.
  return networkNames(root).flatMap((other) => {
    const record = readRemains(root, other, '');
    return record && 'subnet' in record ? [record] : [];
  });
}

/** Everything about the network that must be known before the first kernel object is made. */
async function plan(
  host: NetHost,
  root: string,
  spec: NewNetwork,
): Promise<{ readonly record: NetworkRecord; readonly outer: readonly string[] }> {
  const { name, type = 'bridge', onDemand = false, maker } = spec;
  if (spec.mtu !== undefined) checkNumber('mtu', spec.mtu, 'mtu');
  host.nft.refuseUnable();
  const [routes, links, acceptedIn] = await settleAll(
    host.net.routes(),
    host.net.links(),
    findDroppingChain(host.net),
  );
  const subnet = chooseSubnet(spec.subnet, routes, otherNetworks(root));
  const outer = new Set(routes.flatMap(({ to, device }) => (to === 'default' && device ? [device] : [])));
  const record: NetworkRecord = {
    apiVersion: 'nslab/v1',
    kind: 'Network',
    name,
    type,
    ...(type === 'bridge' && { bridge: bridgeName(name, links) }),
    subnet: subnet.cidr,
    gateway: addressAt(subnet, 1),
    mtu: spec.mtu ?? outerMtu(outer, links),
    table: kernelName('nslab_', name, 0),
    ipMasq: true,
    ...(acceptedIn !== undefined && { acceptedIn }),
    onDemand,
    ...(maker && { maker }),
    bootId: bootId(),
    ready: false,
  };
  return { record, outer: [...outer] };
}

/** The rules name no device, so they and the bridge are made at the same time. */
async function make(
  host: NetHost,
  root: string,
  record: NetworkRecord,
  outer: readonly string[],
): Promise<void> {
  const { bridge, name, acceptedIn } = record;
  const rules = tableText(record) + (acceptedIn ? acceptText(acceptedIn, name, record.subnet) : '');
  allowForwarding(host, networksDirectory(root), outer);
  await settleAll(host.nft.apply(rules, RULES), bridge && host.net.apply(bridgeOperations(record)));
  if (bridge) openLink(host, bridge);
  if (acceptedIn) {
    const rules = `two accept rules for ${record.subnet} now stand in ${acceptedIn}, and go with network "${name}"`;
    host.warn(`this host drops what it forwards (chain FORWARD of table ip filter): ${rules}`);
  }
}

const RULES =
  'one transaction: packets that leave the subnet get the address of the host, published ports lead to their pods';

/** `nslab0` for the default network; another name where that one is taken. */
function bridgeName(network: string, links: readonly Link[]): string {
  const taken = new Set(links.map(({ name }) => name));
  const preferred = network === DEFAULT_NETWORK ? 'nslab0' : kernelName('nsbr', network, 0);
  let name = preferred;
  for (let salt = 1; taken.has(name); salt++) name = kernelName('nsbr', network, salt);
  return name;
}

/** The wanted subnet, or the first /16 from Kubernetes' usual one on, that no route and no network overlaps. */
function chooseSubnet(
  wanted: string | undefined,
  routes: readonly Route[],
  others: readonly NetworkRecord[],
): Subnet {
  const taken = [
    ...routes.flatMap(({ to, device }) => {
      const range = routeRange(to);
      return range ? [{ range, who: `the route ${to}${device ? ` dev ${device}` : ''}` }] : [];
    }),
    ...others.map(({ name, subnet }) => ({
      range: parseSubnet(subnet),
      who: `network "${name}" (${subnet})`,
    })),
  ];
  const conflict = (subnet: Subnet) => taken.find(({ range }) => overlaps(range, subnet));
  if (wanted !== undefined) {
    const subnet = parseSubnet(wanted);
    const other = conflict(subnet);
    if (!other) return subnet;
    throw new InputError(`subnet ${wanted} overlaps ${other.who}`, {
      hint: 'half of the packets would go the other way: choose another one',
    });
  }
  for (let n = 0; n < 256; n++) {
    const subnet = parseSubnet(`10.${(244 + n) % 256}.0.0/16`);
    if (!conflict(subnet)) return subnet;
  }
  throw new OperationError('every 10.N.0.0/16 overlaps a route of this host', {
    hint: 'name a free one: nslab network create NAME --subnet CIDR',
  });
}

/** What fits through the way out: a larger packet would have to be cut, or be lost. */
function outerMtu(outer: ReadonlySet<string>, links: readonly Link[]): number {
  const mtus = links.flatMap(({ name, mtu }) => (mtu > 0 && outer.has(name) ? [mtu] : []));
  return Math.min(1500, ...mtus);
}
