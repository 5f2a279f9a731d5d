import { DEFAULT_NETWORK, type NetworkSpec } from '../spec/network-spec.ts';
import { InputError, OperationError } from '../sys/errors.ts';
import { sharesNetwork } from '../sys/instance.ts';
import { checkNumber } from '../sys/number.ts';
import { bootId, type ProcessIdentity } from '../sys/procfs.ts';
import { settleAll } from '../sys/settle-all.ts';
import { unique } from '../sys/unique.ts';
import { addressAt, overlaps, parseSubnet, routeRange, type Subnet } from './address.ts';
import { bridgeOperations, openLink } from './bridge.ts';
import { deleteOurLink } from './delete-links.ts';
import type { Link, Route } from './driver.ts';
import { acceptText, findDroppingChain, removeAcceptRules } from './filter.ts';
import {
  allowForwarding,
  forgetForwarding,
  planForwarding,
  priorText,
  recordedForwarding,
  restoreForwarding,
} from './forwarding.ts';
import { bearsMark, groupOf, kernelName } from './names.ts';
import type { NetHost } from './net-host.ts';
import {
  type NetworkRecord,
  networkFile,
  networkNames,
  networksDirectory,
  type Remains,
  readMaybeNetwork,
  readNetwork,
} from './record.ts';
import { removeTableText, tableText } from './ruleset.ts';

/** A network made on demand stays while `maker` runs: its first pod is still to come. */
type NewNetwork = NetworkSpec & { readonly maker?: ProcessIdentity };

/** Makes a network: its bridge, its rules, forwarding. To be called with the networks' lock held. */
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
  if (sharesNetwork(record.instance, host.instance(root))) {
    // First of all: a network that is not ready is not used, and gc finishes a removal that was killed half-way.
    if ('ready' in record && record.ready)
      host.files.replace(networkFile(root, record.name), JSON.stringify({ ...record, ready: false }));
    await removeMarkedTables(host, (comment) => isNetworks(record, comment));
    if (record.acceptedIn) await removeAcceptRules(host, (comment) => isNetworks(record, comment));
    await removeBridge(host, record);
    if (last) await restoreForwarding(host, record.instance.id, directory);
  } else if (last) {
    // The machine has booted since: its settings are its own again.
    forgetForwarding(host, directory);
  }
  host.files.removeTree(networkFile(root, record.name));
}

/** Whether an alias or a comment is that of the network: by its uid, and where its record is damaged by its name. */
export function isNetworks({ name, instance, uid }: Remains, text: unknown): boolean {
  return bearsMark(text, { instance: instance.id, uid, label: `network/${name}` });
}

/** By the mark in its comment, and then by its handle: a table of that name may be another program's. */
export async function removeMarkedTables(
  host: Pick<NetHost, 'net' | 'nft'>,
  isOurs: (comment: unknown) => boolean,
): Promise<string[]> {
  const ours = (await host.net.tables()).filter(({ comment }) => isOurs(comment));
  for (const { handle } of ours)
    await host.nft.apply(removeTableText(handle), 'the rules go with the network');
  return ours.map(({ name }) => name);
}

/**
 * The kernel sets an alias only on an existing link, so a kill between the two calls leaves a bridge without one. It is
 * recognized by its name on record and by the group number of the instance, which it was created with.
 */
async function removeBridge(host: NetHost, record: Remains): Promise<void> {
  const { bridge, type } = record;
  const group = groupOf(record.instance.id);
  const isOurs = ({ kind, name, alias, group: found }: Link) =>
    kind === 'bridge' &&
    (isNetworks(record, alias) || (alias === undefined && name === bridge && found === group));
  if (bridge !== undefined) return deleteOurLink(host, bridge, isOurs);
  for (const link of type === undefined ? await host.net.links() : [])
    if (isOurs(link)) await deleteOurLink(host, link.name, isOurs);
}

/** What of a network the kernel has no more. */
export type Lost = 'bridge' | 'rules';

/**
 * Makes again what another program has removed of a network: a flushed ruleset, a deleted bridge. The pods' own parts, ports
 * of the bridge and elements of the map, are for the caller to put back. To be called with the networks' lock held.
 */
export async function mendNetwork(
  host: NetHost,
  root: string,
  record: NetworkRecord,
): Promise<{ readonly network: NetworkRecord; readonly lost: readonly Lost[] }> {
  const { name } = record;
  const lost = await lostParts(host, record);
  if (lost.length === 0) return { network: record, lost };
  const [hasBridge, hasRules] = [!lost.includes('bridge'), !lost.includes('rules')];
  const [links, tables, acceptedIn] = await settleAll(
    host.net.links(),
    host.net.tables(),
    findDroppingChain(host.net),
  );
  const { acceptedIn: _, ...rest } = record;
  const network: NetworkRecord = {
    ...rest,
    ...(!hasBridge && { bridge: bridgeName(record.instance.id, name, links) }),
    ...(!hasRules && { table: freeName('nslab_', `${record.instance.id}/${name}`, tables) }),
    ...(acceptedIn !== undefined && { acceptedIn }),
  };
  host.files.replace(networkFile(root, name), JSON.stringify(network));
  if (!hasRules) {
    await removeAcceptRules(host, (comment) => isNetworks(record, comment));
    const prior = recordedForwarding(networksDirectory(root));
    await host.nft.apply(rulesOf(network) + priorText(record.instance.id, prior), RULES);
  }
  if (!hasBridge) {
    await host.net.apply(bridgeOperations(network));
    if (network.bridge) openLink(host, network.bridge);
  }
  return { network, lost };
}

/** Asks the kernel, which alone knows. */
export async function lostParts(host: Pick<NetHost, 'net'>, record: NetworkRecord): Promise<Lost[]> {
  const { bridge } = record;
  const [tables, link] = await settleAll(
    host.net.tables(),
    bridge === undefined ? undefined : host.net.link(bridge),
  );
  const hasRules = tables.some(({ comment }) => isNetworks(record, comment));
  const hasBridge = bridge === undefined || isNetworks(record, link?.alias);
  return [...(hasBridge ? [] : (['bridge'] as const)), ...(hasRules ? [] : (['rules'] as const))];
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
    const record = readMaybeNetwork(root, other);
    return record ? [record] : [];
  });
}

/** Everything about the network that must be known before the first kernel object is made. */
async function plan(
  host: NetHost,
  root: string,
  spec: NewNetwork,
): Promise<{ readonly record: NetworkRecord; readonly outer: readonly string[] }> {
  const instance = host.instance(root);
  const { name, type = 'bridge', onDemand = false, maker } = spec;
  if (spec.mtu !== undefined) checkNumber('mtu', spec.mtu, 'mtu');
  host.nft.refuseUnable();
  const [routes, links, tables, acceptedIn] = await settleAll(
    host.net.routes(),
    host.net.links(),
    host.net.tables(),
    findDroppingChain(host.net),
  );
  const subnet = chooseSubnet(spec.subnet, routes, otherNetworks(root));
  const outer = new Set(routes.flatMap(({ to, device }) => (to === 'default' && device ? [device] : [])));
  const record: NetworkRecord = {
    apiVersion: 'nslab/v1',
    kind: 'Network',
    name,
    uid: unique(),
    instance,
    type,
    ...(type === 'bridge' && { bridge: bridgeName(instance.id, name, links) }),
    subnet: subnet.cidr,
    gateway: addressAt(subnet, 1),
    mtu: spec.mtu ?? outerMtu(outer, links),
    table: freeName('nslab_', `${instance.id}/${name}`, tables),
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
  const prior = await planForwarding(host, record.instance.id, outer);
  const rules = rulesOf(record) + priorText(record.instance.id, prior);
  await settleAll(host.nft.apply(rules, RULES), bridge && host.net.apply(bridgeOperations(record)));
  allowForwarding(host, networksDirectory(root), prior);
  if (bridge) openLink(host, bridge);
  if (acceptedIn) {
    const rules = `two accept rules for ${record.subnet} now stand in ${acceptedIn}, and go with network "${name}"`;
    host.warn(`this host drops what it forwards (chain FORWARD of table ip filter): ${rules}`);
  }
}

/** The network's table, and its two rules in another firewall. */
export function rulesOf(record: NetworkRecord): string {
  const { acceptedIn } = record;
  return tableText(record) + (acceptedIn ? acceptText(acceptedIn, record) : '');
}

const RULES =
  'one transaction: packets that leave the subnet get the address of the host, published ports lead to their pods';

/** `nslab0` for the default network; another name where that one is taken. */
function bridgeName(instance: string, network: string, links: readonly Link[]): string {
  if (network === DEFAULT_NETWORK && links.every(({ name }) => name !== 'nslab0')) return 'nslab0';
  return freeName('nsbr', `${instance}/${network}`, links);
}

/** A name that no other object of the list has. */
function freeName(prefix: string, owner: string, taken: readonly { readonly name: string }[]): string {
  let salt = 0;
  while (taken.some(({ name }) => name === kernelName(prefix, owner, salt))) salt++;
  return kernelName(prefix, owner, salt);
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
