import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Files } from '../sys/files.ts';
import type { Settings } from './forwarding-plan.ts';
import { kernelName, mark, ownerIn } from './names.ts';
import type { NetHost } from './net-host.ts';
import type { NftObject } from './nft.ts';
import { removeTableText } from './ruleset.ts';

/** What an instance has recorded of the host's forwarding. */
export interface ForwardingRecord {
  readonly prior: Settings;
  /** The devices between which packets are dropped. */
  readonly guarded: readonly string[];
  /** Those of them that are bridges: what comes from one port and goes to another is no routing. */
  readonly bridges: readonly string[];
}

/** The map of prior values in the table of an instance: other instances on this host read it. */
const MAP = 'prior';

/** The same record in the state directory: a flushed ruleset loses the map. */
const FILE = '.prior';

const NOTHING_RECORDED: ForwardingRecord = { prior: {}, guarded: [], bridges: [] };

/**
 * The transaction that writes the record into the table of an instance, whatever that table had before. Its rule keeps the host
 * from becoming a router between its own devices: with br_netfilter frames that a bridge passes on come by it, too.
 */
export function forwardingText(instance: string, { prior, guarded, bridges }: ForwardingRecord): string {
  const values = Object.entries(prior).map(([device, value]) => `"${device}" : ${value}`);
  if (values.length === 0) return '';
  const table = kernelName('nslab_', instance, 0);
  const comment = `comment "${mark({ instance, uid: MAP, label: 'values of net/ipv4/conf/*/forwarding to restore' })}"`;
  const add = (set: string, elements: readonly string[]) =>
    elements.length > 0 ? `add element ip ${table} ${set} { ${elements.join(', ')} }\n` : '';
  const guard = `iifname @opened oifname @opened iifname . oifname != @bridged counter drop`;
  return `table ip ${table} {
  ${comment}
  map ${MAP} { type ifname : mark; ${comment}; }
  set opened { type ifname; }
  set bridged { type ifname . ifname; }
  chain forward { type filter hook forward priority filter; policy accept; }
}
flush chain ip ${table} forward
flush map ip ${table} ${MAP}
flush set ip ${table} opened
flush set ip ${table} bridged
${add(MAP, values)}${add(
  'opened',
  guarded.map((device) => `"${device}"`),
)}${add(
  'bridged',
  bridges.map((device) => `"${device}" . "${device}"`),
)}${guarded.length > 0 ? `add rule ip ${table} forward ${guard} comment "between two devices that were opened for pods"\n` : ''}`;
}

/** nft takes such a name for a pattern, or for the end of a string. */
export function isUnspeakable(device: string): boolean {
  return /["*\\]/.test(device);
}

/** The record in the state directory. One of another boot, or of a copied directory, is none. */
export function recordedForwarding(networks: string, instance: string): ForwardingRecord {
  try {
    const { instance: maker, ...record } = JSON.parse(readFileSync(join(networks, FILE), 'utf8')) as {
      instance: string;
    } & ForwardingRecord;
    return maker === instance ? { ...NOTHING_RECORDED, ...record } : NOTHING_RECORDED;
  } catch {
    return NOTHING_RECORDED;
  }
}

export function writeForwarding(
  files: Pick<Files, 'replace'>,
  networks: string,
  instance: string,
  record: ForwardingRecord,
): void {
  files.replace(join(networks, FILE), JSON.stringify({ instance, ...record }));
}

/** Forgets what was recorded: it is put back, or of an earlier boot. */
export function forgetForwarding(
  { files }: { readonly files: Pick<Files, 'remove'> },
  networks: string,
): void {
  files.remove(join(networks, FILE));
}

/** Whether a table is the one with this instance's record. */
function isRecordOf(instance: string, comment: unknown): boolean {
  const owner = ownerIn(comment);
  return owner?.instance === instance && owner.uid === MAP;
}

export async function removeForwardingTable(
  host: Pick<NetHost, 'net' | 'nft'>,
  instance: string,
): Promise<void> {
  for (const { comment, handle } of await host.net.tables())
    if (isRecordOf(instance, comment))
      await host.nft.apply(removeTableText(handle), 'no setting of this host has to be put back any more');
}

/**
 * Whether another instance on this host needs its settings: it has a network. A table of prior values alone is of one that
 * leaves at this moment, so of two that leave together each puts the settings back.
 */
export async function hasOthers({ net }: Pick<NetHost, 'net'>, instance: string): Promise<boolean> {
  const owners = (await net.tables()).map(({ comment }) => ownerIn(comment));
  return owners.some(
    (owner) => owner !== undefined && owner.instance !== instance && owner.label.startsWith('network/'),
  );
}

/** The handles of the tables in which other instances have their records: a new table never has the handle of an old one. */
export async function recordsOfOthers({ net }: Pick<NetHost, 'net'>, instance: string): Promise<string[]> {
  return (await net.tables()).flatMap(({ comment, handle }) => {
    const owner = ownerIn(comment);
    return owner?.uid === MAP && owner.instance !== instance ? [handle] : [];
  });
}

/** What the other instances have recorded, whether they leave or not. */
export function priorOfOthers(host: Pick<NetHost, 'nft'>, instance: string): Promise<Settings> {
  return readMaps(host, (owner) => owner !== instance);
}

/** This instance's own, from the table. */
export async function priorInTable(host: Pick<NetHost, 'net' | 'nft'>, instance: string): Promise<Settings> {
  const has = (await host.net.tables()).some(({ comment }) => isRecordOf(instance, comment));
  return has ? readMaps(host, (owner) => owner === instance) : {};
}

async function readMaps(
  { nft }: Pick<NetHost, 'nft'>,
  isWanted: (instance: string) => boolean,
): Promise<Settings> {
  const objects = await nft.list('the recorded values of forwarding', 'ruleset', 'ip');
  const elements = objects.flatMap(({ map }: NftObject) => {
    const owner = ownerIn(map?.comment);
    const isPrior = owner?.uid === MAP && isWanted(owner.instance);
    return isPrior ? ((map?.elem ?? []) as (readonly [string, number])[]) : [];
  });
  return Object.fromEntries(elements.map(([device, value]) => [device, String(value)]));
}
