import { join } from 'node:path';
import type { NetworkType } from '../spec/network-spec.ts';
import { directoryEntries } from '../sys/directory-entries.ts';
import { OperationError } from '../sys/errors.ts';
import type { Files } from '../sys/files.ts';
import type { ProcessIdentity } from '../sys/procfs.ts';
import { readRecord, type Shape, UnusableFile } from '../sys/record-file.ts';
import { kernelName } from './names.ts';

/** A network as it stands in `networks/NAME.json`, written before its first kernel object is made. */
export interface NetworkRecord {
  readonly apiVersion: 'nslab/v1';
  readonly kind: 'Network';
  readonly name: string;
  readonly type: NetworkType;
  /** The bridge's device name; none for `ptp`, whose pods are routed. */
  readonly bridge?: string;
  readonly subnet: string;
  readonly gateway: string;
  readonly mtu: number;
  /** The nft table of this network. */
  readonly table: string;
  readonly ipMasq: boolean;
  /** The chain of another program's firewall in which two accept rules of ours stand. */
  readonly acceptedIn?: string;
  /** Made by the first pod that needed it: it goes with the last. */
  readonly onDemand: boolean;
  /** The process that is about to make its first pod. While it runs, the network stays. */
  readonly maker?: ProcessIdentity;
  readonly bootId: string;
  /** False while it is being made. A network that is not ready and not locked is removed by gc. */
  readonly ready: boolean;
}

/** Where the records are, below the state directory. */
export function networksDirectory(root: string): string {
  return join(root, 'networks');
}

export function networkFile(root: string, name: string): string {
  return join(networksDirectory(root), `${name}.json`);
}

export function networkNames(root: string): string[] {
  const files = directoryEntries(networksDirectory(root)).filter((file) => /^[a-z0-9].*\.json$/.test(file));
  return files.map((file) => file.slice(0, -'.json'.length));
}

/** A network's record, or undefined when there is none. Throws when it is damaged. */
export function readNetwork(root: string, name: string): NetworkRecord | undefined {
  const path = networkFile(root, name);
  try {
    const record = readRecord<NetworkRecord>(path, SHAPE);
    if (record && (record.apiVersion !== 'nslab/v1' || record.name !== name))
      throw new UnusableFile('it is of another version or network');
    return record;
  } catch (cause) {
    if (!(cause instanceof UnusableFile)) throw cause;
    throw new DamagedNetwork(name, path, cause);
  }
}

/** A network whose record is damaged. The network can still be removed. */
class DamagedNetwork extends OperationError {
  constructor(network: string, path: string, cause: UnusableFile) {
    super(`the record of network "${network}" cannot be used: ${cause.message} (${path})`, {
      cause,
      hint: `take down its pods, and then it goes with: nslab gc`,
    });
  }
}

/** What must be known of a network to take it down. */
export type Remains = Pick<NetworkRecord, 'name' | 'table' | 'bridge' | 'acceptedIn' | 'bootId'> &
  Partial<Pick<NetworkRecord, 'type' | 'gateway'>>;

/**
 * What is known of a network whose record says nothing: what follows from its name. That a bridge is ours it says itself
 * (its alias); the table's name is a hash that no other program uses.
 */
export function remainsOf(name: string, bootId: string): Remains {
  return { name, table: kernelName('nslab_', name, 0), acceptedIn: 'any', bootId };
}

/** Without these, a file is no network's. */
const SHAPE: Shape = {
  ...{ apiVersion: 'string', name: 'string', type: 'string', 'bridge?': 'string', subnet: 'string' },
  ...{ gateway: 'string', mtu: 'mtu', table: 'string', ipMasq: 'boolean', 'acceptedIn?': 'string' },
  ...{ onDemand: 'boolean', bootId: 'string', ready: 'boolean' },
  'maker?': { pid: 'pid', startTime: 'count' },
};

/** What can be read of a network, or else what follows from its name; undefined when it has no record at all. */
export function readRemains(root: string, name: string, bootId: string): NetworkRecord | Remains | undefined {
  try {
    return readNetwork(root, name);
  } catch (error) {
    if (error instanceof DamagedNetwork) return remainsOf(name, bootId);
    throw error;
  }
}

/** Removes what a writer that was killed before its rename(2) has left. Needs the networks' lock. */
export function sweepNetworkDrafts(files: Pick<Files, 'remove'>, root: string): void {
  const directory = networksDirectory(root);
  for (const name of directoryEntries(directory))
    if (/\.\d+$/.test(name)) files.remove(join(directory, name));
}
