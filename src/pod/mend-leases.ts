import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { withoutPrefix } from '../net/address.ts';
import { claim, leaseDirectory, leasesIn, readLease } from '../net/ipam.ts';
import { networkNames } from '../net/record.ts';
import { directoryEntries } from '../sys/directory-entries.ts';
import { isHere } from '../sys/instance.ts';
import { isSealed, seal } from '../sys/seal.ts';
import type { Host } from './host.ts';
import { leaseOf, PORTS } from './lease.ts';
import { podNames, readMaybePod } from './store.ts';

/**
 * A lease that was removed or spoilt by hand is made again from its pod's own record: else the next pod would get the
 * address of this one. Needs the lock.
 */
export function mendLeases(host: Host, root: string, pods: ReadonlySet<string>): string[] {
  const { files } = host;
  const current = host.instance(root);
  const networks = directoryEntries(leaseDirectory(root, '.')).filter((network) => network !== PORTS);
  const leases = networks.flatMap((network) => {
    const directory = leaseDirectory(root, network);
    return leasesIn(directory).map((name) => readLease(directory, name));
  });
  // A pod of several networks says so in each of its leases: its record is read only where one is missing.
  const missing = new Map<string, number>();
  for (const name of pods) missing.set(name, 1);
  const addresses = new Map(leases.map((lease) => [lease?.pod ?? '', lease?.addresses ?? 1]));
  for (const [name, count] of addresses) if (pods.has(name)) missing.set(name, count);
  for (const lease of leases) if (lease) missing.set(lease.pod, (missing.get(lease.pod) ?? 1) - 1);
  return [...pods].filter((name) => {
    if (missing.get(name) === 0) return false;
    const { intent, status } = readMaybePod(root, name) ?? {};
    if (!intent || !status || status.terminating || !isHere(intent.instance, current)) return false;
    const lost = status.wiring.filter(({ network, address }) => {
      const directory = leaseDirectory(root, network);
      // Of another pod it is not ours to take.
      if (readLease(directory, withoutPrefix(address))) return false;
      files.removeTree(join(directory, withoutPrefix(address)));
      return claim(files, directory, withoutPrefix(address), leaseOf(intent));
    });
    return lost.length > 0;
  });
}

/** Removes leases whose pod is gone, and drafts of leases: none is being made while the networks are locked. */
export function sweepLeases({ files }: Host, root: string, pods: ReadonlySet<string>): string[] {
  const stale = staleLeases(root, pods);
  for (const lease of stale) files.removeTree(leaseDirectory(root, lease));
  for (const network of directoryEntries(leaseDirectory(root, '.')))
    files.removeEmpty(leaseDirectory(root, network));
  files.removeEmpty(leaseDirectory(root, '.'));
  for (const directory of leaseDirectories(root)) seal(files, directory);
  return stale;
}

/** Whether leases may have been removed by hand: then the address of a pod that runs could be given to another. */
export function areLeasesSuspect(root: string): boolean {
  const directories = leaseDirectories(root);
  if (directories.length > 0) return !directories.every(isSealed);
  return networkNames(root).length > 0 && podNames(root).length > 0;
}

/** The one above all, and one for each network. */
function leaseDirectories(root: string): string[] {
  const all = leaseDirectory(root, '.');
  if (!existsSync(all)) return [];
  return [all, ...directoryEntries(all).map((network) => leaseDirectory(root, network))];
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
