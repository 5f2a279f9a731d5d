import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { kernelName, mark, ownerIn } from './names.ts';
import type { NetHost } from './net-host.ts';
import type { NftObject } from './nft.ts';
import { removeTableText } from './ruleset.ts';

/** The values that `net/ipv4/conf/DEVICE/forwarding` had before nslab changed them, by device. */
type Prior = Readonly<Record<string, string>>;

/** What the setting `forwarding` of an interface is for. */
export const FORWARDING = 'packets that come in by this interface may leave by another one';

/** The map of prior values in the table of an instance: other instances on this host read it. */
const MAP = 'prior';

/** The same values in the state directory: a flushed ruleset loses the map. */
const FILE = '.prior';

const settingOf = (device: string) => `net/ipv4/conf/${device}/forwarding`;

/**
 * The devices on which forwarding must be turned on, with the values to put back. A device that is on because of another
 * instance has that one's prior value: whichever instance leaves last restores it.
 */
export async function planForwarding(
  host: Pick<NetHost, 'net' | 'nft' | 'sysctl'>,
  instance: string,
  devices: readonly string[],
): Promise<Prior> {
  const others = await priorOfOthers(host, instance);
  const prior: Record<string, string> = {};
  for (const device of devices) {
    const value = host.sysctl.read(settingOf(device));
    const before = others[device] ?? value;
    if (before !== undefined && before !== '1') prior[device] = before;
  }
  return prior;
}

/** The transaction that records prior values in the table of an instance, which it makes where it is missing. */
export function priorText(instance: string, prior: Prior): string {
  const elements = Object.entries(prior).map(([device, value]) => `"${device}" : ${value}`);
  if (elements.length === 0) return '';
  const table = tableOf(instance);
  const comment = `comment "${mark({ instance, uid: MAP, label: 'values of net/ipv4/conf/*/forwarding to restore' })}"`;
  return `table ip ${table} {
  ${comment}
  map ${MAP} { type ifname : mark; ${comment}; }
}
add element ip ${table} ${MAP} { ${elements.join(', ')} }
`;
}

/**
 * Lets packets pass between the pods and the outside, once the prior values are recorded. The flag of a packet's *input*
 * device counts: ours for what leaves, and the default route's for the answers. Setting `ip_forward` instead would reset
 * every interface's `accept_redirects`, and an administrator's choice with it.
 */
export function allowForwarding(
  host: Pick<NetHost, 'sysctl' | 'files'>,
  networks: string,
  prior: Prior,
): void {
  if (Object.keys(prior).length === 0) return;
  host.files.replace(join(networks, FILE), JSON.stringify({ ...prior, ...recordedForwarding(networks) }));
  for (const device of Object.keys(prior))
    host.sysctl.write(settingOf(device), '1', `${FORWARDING}; its value before is recorded`);
}

/**
 * Puts back what was recorded, where the value is still the one that nslab has set and no one else needs it: not while another
 * instance is on this host, and not after `ip_forward` was turned on. Twice is fine.
 */
export async function restoreForwarding(
  host: Pick<NetHost, 'net' | 'nft' | 'sysctl' | 'files' | 'warn'>,
  instance: string,
  networks: string,
): Promise<void> {
  // `nft` is asked only where the file is lost: a process takes longer than all that is restored.
  const recorded = recordedForwarding(networks);
  const prior = Object.keys(recorded).length > 0 ? recorded : await ownPrior(host, instance);
  const devices = Object.keys(prior);
  const isShared = await hasOthers(host, instance);
  if (devices.length > 0 && !isShared) {
    if (host.sysctl.read('net/ipv4/ip_forward') === '1')
      host.warn(`ip_forward was turned on meanwhile: forwarding of ${devices.join(', ')} stays on`);
    else for (const device of devices) restore(host, device, prior[device] ?? '0');
  }
  await removeOwnTable(host, instance);
  // An instance that came between the two looks has recorded our value: it needs the setting now.
  if (devices.length > 0 && !isShared && (await hasOthers(host, instance)))
    for (const device of devices)
      if (host.sysctl.read(settingOf(device)) !== undefined)
        host.sysctl.write(settingOf(device), '1', 'another instance of nslab on this host needs it');
  host.files.remove(join(networks, FILE));
}

/** A device that is gone took its setting with it; a value that is not ours any more is another program's. */
function restore({ sysctl }: Pick<NetHost, 'sysctl'>, device: string, value: string): void {
  if (sysctl.read(settingOf(device)) === '1')
    sysctl.write(settingOf(device), value, 'the value that it had before the first network');
}

/** Forgets what was recorded under an earlier boot. */
export function forgetForwarding({ files }: Pick<NetHost, 'files'>, networks: string): void {
  files.remove(join(networks, FILE));
}

function tableOf(instance: string): string {
  return kernelName('nslab_', instance, 0);
}

async function removeOwnTable(host: Pick<NetHost, 'net' | 'nft'>, instance: string): Promise<void> {
  for (const { comment, handle } of await host.net.tables()) {
    const owner = ownerIn(comment);
    if (owner?.instance === instance && owner.uid === MAP)
      await host.nft.apply(removeTableText(handle), 'no setting of this host has to be put back any more');
  }
}

async function hasOthers({ net }: Pick<NetHost, 'net'>, instance: string): Promise<boolean> {
  const owners = (await net.tables()).map(({ comment }) => ownerIn(comment));
  return owners.some((owner) => owner !== undefined && owner.instance !== instance);
}

async function priorOfOthers(host: Pick<NetHost, 'net' | 'nft'>, instance: string): Promise<Prior> {
  if (!(await hasOthers(host, instance))) return {};
  return readMaps(host, (owner) => owner !== instance);
}

async function ownPrior(host: Pick<NetHost, 'net' | 'nft'>, instance: string): Promise<Prior> {
  const tables = await host.net.tables();
  const has = tables.some(
    ({ comment }) => ownerIn(comment)?.instance === instance && ownerIn(comment)?.uid === MAP,
  );
  return has ? readMaps(host, (owner) => owner === instance) : {};
}

async function readMaps(
  { nft }: Pick<NetHost, 'nft'>,
  isWanted: (instance: string) => boolean,
): Promise<Prior> {
  const objects = await nft.list('the recorded values of forwarding', 'ruleset', 'ip');
  const elements = objects.flatMap(({ map }: NftObject) => {
    const owner = ownerIn(map?.comment);
    const isPrior = owner?.uid === MAP && isWanted(owner.instance);
    return isPrior ? ((map?.elem ?? []) as (readonly [string, number])[]) : [];
  });
  return Object.fromEntries(elements.map(([device, value]) => [device, String(value)]));
}

/** The values on record in the state directory. */
export function recordedForwarding(networks: string): Prior {
  try {
    return JSON.parse(readFileSync(join(networks, FILE), 'utf8')) as Prior;
  } catch {
    return {};
  }
}
