import { statSync } from 'node:fs';
import { join } from 'node:path';
import { directoryEntries } from '../sys/directory-entries.ts';
import { InputError, OperationError } from '../sys/errors.ts';
import type { Files } from '../sys/files.ts';
import { readRecord } from '../sys/record-file.ts';
import { addressAt, capacity, isPodAddress, parseSubnet } from './address.ts';

/** What a lease says: whose it is, and of which boot. */
export interface Lease {
  readonly pod: string;
  readonly bootId: string;
}

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
    throw new OperationError(`address ${wanted} is taken by pod "${owner}"`);
  }
  const end = capacity(subnet) + 2;
  const take = (n: number) => {
    const address = addressAt(subnet, n);
    if (!claim(files, directory, address, lease)) return undefined;
    lowest.set(directory, { state: stateOf(directory), next: n + 1 });
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
  throw new OperationError(
    `network "${network.name}" (${subnet.cidr}) has no free address left of ${capacity(subnet)}`,
    {
      hint: 'remove a pod (`nslab down NAME`), or make a larger network (`nslab network create N --subnet …`)',
    },
  );
}

/**
 * The lowest address that may be free, in each directory that is still as this process left it: whoever makes a thousand
 * pods would else read all leases for each.
 */
const lowest = new Map<string, { readonly state: string; readonly next: number }>();

/** Changes with each lease that comes or goes, but for two within one tick of the kernel's clock: see releaseLeases. */
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

/** Claims `name` in a directory of leases. False when somebody has it. */
export function claim(files: Files, directory: string, name: string, lease: Lease): boolean {
  files.makeDirectory(join(directory, '..'));
  files.makeDirectory(directory);
  return files.claim(join(directory, name), JSON.stringify(lease));
}

/** Gives back every lease of these pods in one directory. Already gone is fine. */
export function releaseLeases(files: Files, directory: string, pods: ReadonlySet<string>): void {
  lowest.delete(directory);
  for (const name of leasesIn(directory)) {
    if (pods.has(readLease(directory, name)?.pod ?? '')) files.remove(join(directory, name));
  }
  files.removeEmpty(directory);
  files.removeEmpty(join(directory, '..'));
}

/** The names leased in a directory. A draft that its maker left behind is none. */
export function leasesIn(directory: string): string[] {
  return directoryEntries(directory).filter((name) => !name.endsWith('.tmp'));
}

export function readLease(directory: string, name: string): Lease | undefined {
  try {
    return readRecord<Lease>(join(directory, name), { pod: 'string', bootId: 'string' });
  } catch {
    return undefined;
  }
}
