import { join } from 'node:path';
import type { NetworkType } from '../spec/network-spec.ts';
import { directoryEntries } from '../sys/directory-entries.ts';
import { OperationError } from '../sys/errors.ts';
import type { Files } from '../sys/files.ts';
import { INSTANCE_SHAPE, type Instance } from '../sys/instance.ts';
import type { ProcessIdentity } from '../sys/procfs.ts';
import { readRecord, type Shape, UnusableFile } from '../sys/record-file.ts';
import type { ForwardingOwner } from './forwarding.ts';
import type { Owner } from './names.ts';

/** A network as it stands in `networks/NAME.json`, written before its first kernel object is made. */
export interface NetworkRecord {
  readonly apiVersion: 'nslab/v1';
  readonly kind: 'Network';
  readonly name: string;
  /** Not used again: a network of the same name that is made later has another one. */
  readonly uid: string;
  readonly instance: Instance;
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
  /** Other chains with two such rules, because the user asked for it: `inet filter forward`. */
  readonly openedIn?: readonly string[];
  /** `firewalld`, where its trusted zone has the subnet because of this network. */
  readonly trustedBy?: string;
  /** The chains of other firewalls when the network was made or mended last. */
  readonly firewall?: string;
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

/** The same where there must be one. */
export function findNetwork(root: string, name: string): NetworkRecord {
  const record = readNetwork(root, name);
  if (record) return record;
  throw new OperationError(`no network "${name}"`, {
    code: 'ERR_NETWORK_NOT_FOUND',
    hint: 'see `nslab network ls`',
  });
}

/** A network whose record is damaged. The network can still be removed. */
class DamagedNetwork extends OperationError {
  constructor(network: string, path: string, cause: UnusableFile) {
    super(`the record of network "${network}" cannot be used: ${cause.message} (${path})`, {
      cause,
      code: 'ERR_DAMAGED_RECORD',
      hint: `take down its pods, and then it goes with: nslab gc`,
    });
  }
}

/** What must be known of a network to take it down. */
export type Remains = Pick<NetworkRecord, 'name' | 'instance' | 'acceptedIn' | 'bootId'> &
  Partial<Pick<NetworkRecord, 'uid' | 'type' | 'bridge' | 'table' | 'subnet' | 'openedIn' | 'trustedBy'>>;

/** What is known of a network whose record is damaged: its name. Its objects are found by their marks, which have it too. */
export function remainsOf(name: string, instance: Instance): Remains {
  return { name, instance, acceptedIn: 'any', bootId: instance.bootId };
}

/** The owner of the network's objects. */
export function ownerOf({ instance, uid, name }: Pick<NetworkRecord, 'instance' | 'uid' | 'name'>): Owner {
  return { instance: instance.id, uid, label: `network/${name}` };
}

/** Without these, a file is no network's. */
const SHAPE: Shape = {
  ...{ apiVersion: 'string', name: 'string', type: 'string', 'bridge?': 'string', subnet: 'string' },
  ...{ gateway: 'string', mtu: 'mtu', table: 'string', ipMasq: 'boolean', 'acceptedIn?': 'string' },
  ...({ 'openedIn?': ['string'], 'trustedBy?': 'string', 'firewall?': 'string' } as const),
  ...{ onDemand: 'boolean', bootId: 'string', ready: 'boolean', uid: 'string' },
  instance: INSTANCE_SHAPE,
  'maker?': { pid: 'pid', startTime: 'count' },
};

/** What can be read of a network, or else what follows from its name; undefined when it has no record at all. */
export function readRemains(
  root: string,
  name: string,
  instance: Instance,
): NetworkRecord | Remains | undefined {
  try {
    return readNetwork(root, name);
  } catch (error) {
    if (error instanceof DamagedNetwork) return remainsOf(name, instance);
    throw error;
  }
}

/** A network's record, or undefined where there is none or it is damaged. */
export function readMaybeNetwork(root: string, name: string): NetworkRecord | undefined {
  try {
    return readNetwork(root, name);
  } catch (error) {
    if (error instanceof DamagedNetwork) return undefined;
    throw error;
  }
}

/** What an instance's forwarding is recorded for, and where. */
export function forwardingOwner(root: string, instance: string): ForwardingOwner {
  const bridges = networkNames(root).flatMap((name) => readMaybeNetwork(root, name)?.bridge ?? []);
  return { instance, networks: networksDirectory(root), bridges };
}

/** Removes what a writer that was killed before its rename(2) has left. Needs the networks' lock. */
export function sweepNetworkDrafts(files: Pick<Files, 'remove'>, root: string): void {
  const directory = networksDirectory(root);
  for (const name of directoryEntries(directory))
    if (/\.\d+$/.test(name)) files.remove(join(directory, name));
}
