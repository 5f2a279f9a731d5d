import { withoutPrefix } from '../net/address.ts';
import type { DriverName } from '../net/driver.ts';
import { ALL_KINDS } from '../ns/kinds.ts';
import type { MemoryVolume, ShareKind } from '../spec/pod-spec.ts';
import type { PortMapping } from '../spec/port.ts';
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
  readonly bootId: string;
  /** ISO 8601 */
  readonly createdAt: string;
  /** False for a workload that joined no pod: it has a record, but no holder and no network. */
  readonly holder: boolean;
  readonly share: readonly ShareKind[];
  readonly hostname: string;
  /** A network's name, `none` or `host`. */
  readonly network: string;
  /** The host's end of the veth pair. */
  readonly hostInterface?: string;
  readonly ports: readonly PortMapping[];
  /** The name under which `ip netns` knows the pod's network namespace. */
  readonly netnsLink?: string;
  readonly sysctls?: Readonly<Record<string, string>>;
  readonly volumes?: readonly MemoryVolume[];
  /** What it was made from. */
  readonly manifest?: object;
}

/** Without these, a file is no intent. */
export const INTENT_SHAPE: Shape = {
  ...{ apiVersion: 'string', name: 'string', bootId: 'string', createdAt: 'string' },
  ...{ holder: 'boolean', share: 'list', hostname: 'string', network: 'string' },
  ports: [{ hostPort: 'port', podPort: 'port', protocol: 'string' }],
  ...{ 'hostInterface?': 'string', 'netnsLink?': 'string', 'volumes?': 'list' },
};

/** `status.json`: renamed into place when everything stands. That is the commit. */
export interface Status {
  readonly holder?: ProcessIdentity;
  /** The inodes of the holder's namespaces, by kind. */
  readonly namespaces: Readonly<Partial<Record<string, number>>>;
  readonly wiring?: Wiring;
  /** Who has configured its network. */
  readonly driver?: DriverName;
  /** The process that is still making it. If that is dead, the pod was never whole. */
  readonly maker?: ProcessIdentity;
  /** `down` has begun. If it was killed, gc finishes it. */
  readonly terminating?: boolean;
}

/** How the pod's interface is set up. */
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
  readonly mtu: number;
}

/** A pod's address without its prefix length. */
export function addressOf(wiring: Wiring | undefined): string | undefined {
  return wiring && withoutPrefix(wiring.address);
}

const IDENTITY_SHAPE: Shape = { pid: 'pid', startTime: 'count' };

const NAMESPACES_SHAPE: Shape = Object.fromEntries(ALL_KINDS.map((kind) => [`${kind}?`, 'inode'] as const));

/** Without these, a file is no status of a pod. */
export const STATUS_SHAPE: Shape = {
  namespaces: NAMESPACES_SHAPE,
  'holder?': IDENTITY_SHAPE,
  'maker?': IDENTITY_SHAPE,
  'wiring?': {
    network: 'string',
    table: 'string',
    address: 'string',
    gateway: 'string',
    'bridge?': 'string',
    'mtu?': 'mtu',
  },
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
