import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { directoryEntries, eachEntry } from '../sys/directory-entries.ts';
import { InputError, OperationError } from '../sys/errors.ts';
import type { Files } from '../sys/files.ts';
import { readRecord, type Shape } from '../sys/record-file.ts';
import { seal } from '../sys/seal.ts';
import { addressAt, capacity, isPodAddress, parseSubnet, placeOf, type Subnet } from './address.ts';

/** What a lease says: whose it is, and of which boot. */
export interface Lease {
  readonly pod: string;
  readonly bootId: string;
  /** How many addresses its pod has, in networks of which each has one. Default: one. */
  readonly addresses?: number;
}

/** Another pod has what is wanted: one that is dead gives it back when it is collected. */
export class Taken extends OperationError {}

/** Where the leases of one network are: a file an address. The published ports of the host are leased likewise. */
export function leaseDirectory(root: string, network: string): string {
  return join(root, 'leases', network);
}

/**
 * Leases the lowest free address of a subnet, or the wanted one. A lease is made with its content in one step,
 * link(2): there is never an empty one, and never two owners (reading and rewriting one file gave 175 duplicates
 * in 200).
 */
export function leaseAddress(
  files: Files,
  directory: string,
  network: { readonly name: string; readonly subnet: string },
  lease: Lease,
  wanted?: string,
): string {
  const subnet = parseSubnet(network.subnet);
  if (wanted !== undefined) {
    refuseAddress(network, wanted);
    if (claim(files, directory, wanted, lease)) return wanted;
    const owner = readLease(directory, wanted)?.pod;
    throw new Taken(`address ${wanted} is taken by pod "${owner}"`, { code: 'ERR_ADDRESS_IN_USE' });
  }
  const end = capacity(subnet) + 2;
  const take = (n: number) => {
    const address = addressAt(subnet, n);
    if (!claim(files, directory, address, lease)) return undefined;
    lowest.set(directory, { state: stateOf(directory), subnet, next: n + 1 });
    return address;
  };
  const known = lowest.get(directory);
  const next = known && known.next < end && known.state === stateOf(directory) ? take(known.next) : undefined;
  if (next !== undefined) return next;
  const taken = new Set(leasesIn(directory));
  for (let n = 2; n < end; n++) {
    const address = taken.has(addressAt(subnet, n)) ? undefined : take(n);
    if (address !== undefined) return address;
  }
  throw new Taken(
    `network "${network.name}" (${subnet.cidr}) has no free address left of ${capacity(subnet)}`,
    {
      code: 'ERR_ADDRESS_IN_USE',
      hint: 'remove a pod (`nslab down NAME`), or make a larger network (`nslab network create N --subnet …`)',
    },
  );
}

/**
 * The lowest address that may be free, for each directory that is still as this process left it. Without it, every one of a
 * thousand pods would read all leases.
 */
const lowest = new Map<string, { readonly state: string; readonly subnet: Subnet; readonly next: number }>();

/** Changes with each lease that comes or goes: see `seal`. */
function stateOf(directory: string): string {
  const found = statSync(directory, { bigint: true, throwIfNoEntry: false });
  return found ? `${found.dev}:${found.ino}:${found.mtimeNs}` : '';
}

/** Refuses an address that no pod of the network can have. */
export function refuseAddress(
  network: { readonly name: string; readonly subnet: string },
  wanted: string,
): void {
  const subnet = parseSubnet(network.subnet);
  if (isPodAddress(subnet, wanted)) return;
  throw new InputError(`address ${wanted} cannot be a pod's in network "${network.name}" (${subnet.cidr})`, {
    hint: `from ${addressAt(subnet, 2)} on; the first is the gateway's, the last is the broadcast address`,
  });
}

/** The pods that have an address in a network. */
export function podsIn(root: string, network: string): string[] {
  const directory = leaseDirectory(root, network);
  return leasesIn(directory).flatMap((address) => readLease(directory, address)?.pod ?? []);
}

/** Claims `name` in a directory of leases. False when it is taken. */
export function claim(files: Files, directory: string, name: string, lease: Lease): boolean {
  const parent = join(directory, '..');
  files.makeDirectory(parent);
  if (files.makeDirectory(directory)) seal(files, parent);
  const isClaimed = files.claim(join(directory, name), JSON.stringify(lease));
  seal(files, directory);
  return isClaimed;
}

/**
 * Gives back the leases of these pods in one directory: those of these `names`, or where they are not known, all that say
 * so. Already gone is fine, and what is another pod's by now stays.
 */
export function releaseLeases(
  files: Files,
  directory: string,
  pods: ReadonlySet<string>,
  names?: readonly string[],
): void {
  if (names?.length === 0 || !existsSync(directory)) return;
  const known = lowest.get(directory);
  const isKnown = known?.state === stateOf(directory);
  lowest.delete(directory);
  const freed = (names ?? leasesIn(directory)).filter((name) => {
    const owner = readLease(directory, name)?.pod;
    // One that was spoilt says nothing any more; its pod's record does.
    return owner === undefined ? names !== undefined : pods.has(owner);
  });
  for (const name of freed) files.remove(join(directory, name));
  const parent = join(directory, '..');
  if (files.removeEmpty(directory)) {
    if (!files.removeEmpty(parent)) seal(files, parent);
    return;
  }
  seal(files, directory);
  if (!known || !isKnown) return;
  const next = Math.min(known.next, ...freed.flatMap((name) => placeOf(known.subnet, name) ?? []));
  lowest.set(directory, { ...known, next, state: stateOf(directory) });
}

/** The names leased in a directory. A draft that its maker left behind is none. */
export function leasesIn(directory: string): string[] {
  return directoryEntries(directory, isLease);
}

/** Whether a directory has a lease. Of a thousand one is read. */
export function hasLeases(directory: string): boolean {
  for (const name of eachEntry(directory)) if (isLease(name)) return true;
  return false;
}

const isLease = (name: string) => !name.endsWith('.tmp');

export function readLease(directory: string, name: string): Lease | undefined {
  try {
    return readRecord<Lease>(join(directory, name), LEASE_SHAPE);
  } catch {
    return undefined;
  }
}

/** Without these, a file is no lease. */
const LEASE_SHAPE: Shape = { pod: 'string', bootId: 'string', 'addresses?': 'count' };
