import { readdirSync } from 'node:fs';
import { join } from 'node:path';
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
  const taken = new Set(leasesIn(directory));
  for (let n = 2; n < capacity(subnet) + 2; n++) {
    const address = addressAt(subnet, n);
    if (!taken.has(address) && claim(files, directory, address, lease)) return address;
  }
  throw new OperationError(
    `network "${network.name}" (${subnet.cidr}) has no free address left of ${capacity(subnet)}`,
    {
      hint: 'remove a pod (`nslab down NAME`), or make a larger network (`nslab network create N --subnet …`)',
    },
  );
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

/** Gives back every lease of a pod in one directory. Already gone is fine. */
export function releaseLeases(files: Files, directory: string, pod: string): void {
  for (const name of leasesIn(directory)) {
    if (readLease(directory, name)?.pod === pod) files.remove(join(directory, name));
  }
  files.removeEmpty(directory);
  files.removeEmpty(join(directory, '..'));
}

/** The names leased in a directory. A draft that its maker left behind is none. */
export function leasesIn(directory: string): string[] {
  try {
    return readdirSync(directory).filter((name) => !name.endsWith('.tmp'));
  } catch {
    return [];
  }
}

export function readLease(directory: string, name: string): Lease | undefined {
  try {
    return readRecord<Lease>(join(directory, name), { pod: 'string', bootId: 'string' });
  } catch {
    return undefined;
  }
}
