import type { NetworkSpec } from '../spec/network-spec.ts';
import { OperationError } from '../sys/errors.ts';
import { sharesNetwork } from '../sys/instance.ts';
import { checkNumber } from '../sys/number.ts';
import { bootId, type ProcessIdentity } from '../sys/procfs.ts';
import { settleAll } from '../sys/settle-all.ts';
import { unique } from '../sys/unique.ts';
import { addressAt } from './address.ts';
import { bridgeOperations, openLink } from './bridge.ts';
import { bridgeName, chooseSubnet, freeName, outerDevices, outerMtu } from './choose.ts';
import { deleteOurLink } from './delete-links.ts';
import { deviceExists } from './device.ts';
import type { Link } from './driver.ts';
import { type Passage, planPassage, removeAcceptRules } from './filter.ts';
import { setFirstRoutes } from './first-route.ts';
import { closedDevices, openForwarding, planForwarding } from './forwarding.ts';
import { forgetForwarding } from './forwarding-record.ts';
import { bearsMark, groupOf } from './names.ts';
import type { NetHost } from './net-host.ts';
import {
  forwardingOwner,
  type NetworkRecord,
  networkFile,
  networkNames,
  networksDirectory,
  type Remains,
  readMaybeNetwork,
  readNetwork,
} from './record.ts';
import { restoreForwarding } from './restore-forwarding.ts';
import { removeTableText, tableText } from './ruleset.ts';

/** A network made on demand stays while `maker` runs: its first pod is still to come. */
type NewNetwork = NetworkSpec & { readonly maker?: ProcessIdentity };

/** Makes a network: its bridge, its rules, forwarding. To be called with the networks' lock held. */
export async function createNetwork(
  host: NetHost,
  root: string,
  spec: NewNetwork,
  isRetry = false,
): Promise<NetworkRecord> {
  if (readNetwork(root, spec.name))
    throw new OperationError(`network "${spec.name}" exists already`, { code: 'ERR_NETWORK_EXISTS' });
  const planned = await plan(host, root, spec);
  const passage = await planPassage(host, planned);
  const record = { ...planned, ...passage.record };
  host.files.replace(networkFile(root, record.name), JSON.stringify(record));
  try {
    await make(host, root, record, passage);
  } catch (error) {
    await removeNetwork(host, root, record);
    // Another instance has taken the name since we looked: there is another one.
    if (!isRetry && record.bridge !== undefined && deviceExists(record.bridge))
      return createNetwork(host, root, spec, true);
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
    if (record.acceptedIn || record.openedIn)
      await removeAcceptRules(host, (comment) => isNetworks(record, comment));
    if (record.trustedBy && record.subnet) await host.firewalld.distrust(record.subnet);
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
async function plan(host: NetHost, root: string, spec: NewNetwork): Promise<NetworkRecord> {
  const instance = host.instance(root);
  const { name, type = 'bridge', onDemand = false, maker } = spec;
  if (spec.mtu !== undefined) checkNumber('mtu', spec.mtu, 'mtu');
  host.nft.refuseUnable();
  const [routes, links, tables] = await settleAll(host.net.routes(), host.net.links(), host.net.tables());
  const subnet = chooseSubnet(spec.subnet, routes, otherNetworks(root));
  return {
    apiVersion: 'nslab/v1',
    kind: 'Network',
    name,
    uid: unique(),
    instance,
    type,
    ...(type === 'bridge' && { bridge: bridgeName(instance.id, name, links) }),
    subnet: subnet.cidr,
    gateway: addressAt(subnet, 1),
    mtu: spec.mtu ?? outerMtu(outerDevices(routes), links),
    table: freeName('nslab_', `${instance.id}/${name}`, tables),
    ipMasq: true,
    onDemand,
    ...(maker && { maker }),
    bootId: bootId(),
    ready: false,
  };
}

/** The rules name no device, so they and the bridge are made at the same time. */
async function make(host: NetHost, root: string, record: NetworkRecord, passage: Passage): Promise<void> {
  const { bridge, instance } = record;
  const owner = forwardingOwner(root, instance.id);
  const forwarding = await planForwarding(host, owner);
  const rules = tableText(record) + passage.text + forwarding.text;
  await settleAll(host.nft.apply(rules, RULES), bridge && host.net.apply(bridgeOperations(record)));
  if (!forwarding.apply()) await openForwarding(host, owner);
  if (bridge) {
    openLink(host, bridge);
    await setFirstRoutes(host, [{ destination: record.subnet, name: bridge }]);
  }
  const closed = await closedDevices(host, instance.id);
  if (closed.length > 0)
    host.warn(
      `pods are not reached by ${closed.join(', ')}: forwarding was turned off there, although ip_forward is on (sysctl net.ipv4.conf.DEVICE.forwarding)`,
    );
  if (record.trustedBy) await host.firewalld.trust(record.subnet);
  for (const notice of passage.notices) host.warn(notice);
}

export const RULES =
  'one transaction: packets that leave the subnet get the address of the host, published ports lead to their pods';
