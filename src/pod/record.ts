import { withoutPrefix } from '../net/address.ts';
import type { DriverName } from '../net/driver.ts';
import type { KnownOwner, Owner } from '../net/names.ts';
import { ALL_KINDS } from '../ns/kinds.ts';
import type { MemoryVolume, ShareKind } from '../spec/pod-spec.ts';
import type { PortMapping } from '../spec/port.ts';
import { INSTANCE_SHAPE, type Instance } from '../sys/instance.ts';
import type { ProcessIdentity } from '../sys/procfs.ts';
import type { Shape } from '../sys/record-file.ts';

/**
 * `intent.json`: written before the first kernel object of the pod is made. It names every one of them, so that gc can undo
 * what a killed creator has done.
 */
export interface Intent {
  readonly apiVersion: 'nslab/v1';
  readonly kind: 'Pod';
  readonly name: string;
  /** Not used again: a pod of the same name that is made later has another one. */
  readonly uid: string;
  readonly instance: Instance;
  /** ISO 8601 */
  readonly createdAt: string;
  /** False for a workload that joined no pod: it has a record, but no holder and no network. */
  readonly holder: boolean;
  readonly share: readonly ShareKind[];
  readonly hostname: string;
  /** Its interfaces in networks, in order: published ports and the default route are of the first. */
  readonly interfaces: readonly InterfaceIntent[];
  /** Its network is the host's own. Without it and without interfaces a pod has its loopback alone. */
  readonly hostNetwork?: boolean;
  readonly ports: readonly PortMapping[];
  /** Its network namespace, where that is not ours: the holder joins it, and it stays when the pod goes. */
  readonly netns?: AdoptedNetns;
  /** The name under which `ip netns` knows the pod's network namespace. */
  readonly netnsLink?: string;
  /** That name is a mount, made by `ip netns attach`: it outlives the holder. */
  readonly pinned?: boolean;
  readonly sysctls?: Readonly<Record<string, string>>;
  readonly volumes?: readonly MemoryVolume[];
  /** What it was made from. */
  readonly manifest?: object;
  /** The name of its Job, where not all pods of that run at the same time. */
  readonly job?: string;
}

/** One interface that a pod is to get. */
export interface InterfaceIntent {
  readonly network: string;
  /** In the pod: `eth0`. */
  readonly name: string;
  /** The host's end of the veth pair. */
  readonly hostInterface: string;
  /** The wanted address. */
  readonly ip?: string;
}

/** A network namespace that was there before the pod. */
export interface AdoptedNetns {
  readonly path: string;
  readonly inode: number;
  /** Then none of ours is added. */
  readonly hasDefaultRoute: boolean;
}

/** What a pod is connected to, in words: the names of its networks, the namespace that it has adopted, `none` or `host`. */
export function networkOf({
  interfaces,
  hostNetwork,
  netns,
}: Pick<Intent, 'interfaces' | 'hostNetwork' | 'netns'>): string {
  const names = interfaces.map(({ network }) => network).join(', ');
  return names || netns?.path || (hostNetwork ? 'host' : 'none');
}

/** Without these, a file is no intent. */
export const INTENT_SHAPE: Shape = {
  ...{ apiVersion: 'string', name: 'string', uid: 'string', createdAt: 'string' },
  instance: INSTANCE_SHAPE,
  ...{ holder: 'boolean', share: 'list', hostname: 'string', 'hostNetwork?': 'boolean' },
  interfaces: [{ network: 'string', name: 'string', hostInterface: 'string', 'ip?': 'string' }],
  ports: [{ 'hostIP?': 'string', hostPort: 'port', podPort: 'port', protocol: 'string' }],
  ...{ 'netnsLink?': 'string', 'pinned?': 'boolean', 'volumes?': 'list', 'job?': 'string' },
  'netns?': { path: 'string', inode: 'inode', hasDefaultRoute: 'boolean' },
};

/** The owner of the pod's kernel objects. */
export function ownerOf({ name, uid, instance }: Pick<Intent, 'name' | 'uid' | 'instance'>): Owner {
  return { ...nameOwner(instance, name), uid };
}

/** The same where the record is damaged: what is known is the pod's name. */
export function nameOwner(instance: Instance, pod: string): KnownOwner {
  return { instance: instance.id, label: `pod/${pod}` };
}

/** `status.json`: renamed into place when everything stands. That is the commit. */
export interface Status {
  readonly holder?: ProcessIdentity;
  /** The inodes of the holder's namespaces, by kind. */
  readonly namespaces: Readonly<Partial<Record<string, number>>>;
  /** How each of its interfaces is set up, in the order of the intent. */
  readonly wiring: readonly Wiring[];
  /** Who has configured its network. */
  readonly driver?: DriverName;
  /** The process that is still making it. If that is dead, the pod was never whole. */
  readonly maker?: ProcessIdentity;
  /** Starts the containers in their order, where they have one. */
  readonly supervisor?: { readonly pid: number };
  /** The `down` that has begun. If it is dead, gc finishes it. */
  readonly terminating?: ProcessIdentity;
}

/** How one interface of a pod is set up. */
export interface Wiring {
  readonly network: string;
  readonly bridge?: string;
  /** The nft table of the network. */
  readonly table: string;
  readonly hostInterface: string;
  readonly interface: string;
  readonly mac: string;
  /** With its prefix length: `10.244.0.2/16`. */
  readonly address: string;
  readonly gateway: string;
  /** What the network spans, where the prefix of the address does not say it: `10.244.0.0/16`. */
  readonly subnet: string;
  readonly mtu: number;
}

/** A pod's addresses without their prefix lengths, the first network's first. */
export function addressesOf(status: Pick<Status, 'wiring'> | undefined): string[] {
  return status?.wiring.map(({ address }) => withoutPrefix(address)) ?? [];
}

/** Whether an interface is the one to which the pod's published ports lead: the first. */
export function leadsPorts({ interfaces, ports }: Intent, { interface: name }: Wiring): boolean {
  return ports.length > 0 && interfaces[0]?.name === name;
}

const IDENTITY_SHAPE: Shape = { pid: 'pid', startTime: 'count' };

const NAMESPACES_SHAPE: Shape = Object.fromEntries(ALL_KINDS.map((kind) => [`${kind}?`, 'inode'] as const));

/** Without these, a file is no status of a pod. */
export const STATUS_SHAPE: Shape = {
  namespaces: NAMESPACES_SHAPE,
  'holder?': IDENTITY_SHAPE,
  'maker?': IDENTITY_SHAPE,
  'supervisor?': { pid: 'pid' },
  'terminating?': IDENTITY_SHAPE,
  wiring: [
    {
      ...{ network: 'string', interface: 'string', hostInterface: 'string', table: 'string' },
      ...{ address: 'string', gateway: 'string', subnet: 'string', 'bridge?': 'string', 'mtu?': 'mtu' },
    },
  ],
};

/** A workload's `status`: kept by its shim, in one fixed-size record that a full disk cannot stop. */
export interface WorkloadStatus {
  readonly seq: number;
  readonly state: 'created' | 'running' | 'waiting' | 'exited' | 'failed';
  /** The CLI that started it has let it go: the workload was committed. */
  readonly stay: boolean;
  /** Its hook has run and its startup probe has succeeded, where it has them. */
  readonly started: boolean;
  /** Its readiness probe says so, or it has none and has started. */
  readonly ready: boolean;
  readonly shim: number;
  readonly shimStart: number;
  readonly pid: number;
  readonly start: number;
  readonly code: number;
  readonly signal: number;
  readonly restarts: number;
  /** The step that failed, and its errno. */
  readonly step: string;
  readonly errno: number;
  readonly note: string;
  /** Milliseconds since 1970; 0: not yet. */
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly end: number;
}

/** Without these, a file is no status of a workload. */
export const WORKLOAD_STATUS_SHAPE: Shape = {
  ...{ seq: 'count', end: 'count', state: 'string', stay: 'boolean', step: 'string', note: 'string' },
  ...{ shim: 'pidOrNone', shimStart: 'count', pid: 'pidOrNone', start: 'count' },
  ...{ code: 'exitCode', signal: 'signal', restarts: 'count', 'errno?': 'errno' },
  ...{ startedAt: 'count', finishedAt: 'count' },
};

/** Without these, a file is no spec of a workload. */
export const SPEC_SHAPE: Shape = {
  ...{ name: 'string', command: 'list', hostname: 'string', logged: 'boolean' },
  ...{ origins: 'object', environment: 'object', limitGroups: 'list' },
  userIds: { uid: 'id', gid: 'id', groups: ['id'] },
  creator: IDENTITY_SHAPE,
  'rootfs?': 'string',
};

/** The size of a workload's status record, in bytes. */
const STATUS_SIZE = 512;

/** A status record before the shim's first word: of full size, so that a full disk cannot stop what follows. */
export function emptyStatus(): string {
  const numbers = { shim: 0, shimStart: 0, pid: 0, start: 0, code: 0, signal: 0, restarts: 0 };
  const words = { step: '', errno: 0, note: '', startedAt: 0, finishedAt: 0 };
  const flags = { stay: false, started: false, ready: false };
  const status = { seq: 0, state: 'created', ...flags, ...numbers, ...words, end: 0 };
  return `${JSON.stringify(status).padEnd(STATUS_SIZE - 1)}\n`;
}
