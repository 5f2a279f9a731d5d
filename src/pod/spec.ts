import type { PortMapping } from '../net/port.ts';
import type { Kind } from '../ns/kinds.ts';

/** The kinds of namespace that a holder can keep for its workloads. */
export type ShareKind = Extract<Kind, 'net' | 'ipc' | 'uts' | 'pid'>;

export const SHARE_KINDS: readonly ShareKind[] = ['net', 'ipc', 'uts', 'pid'];

/** What Kubernetes shares in a pod, and so do we. */
export const DEFAULT_SHARE: readonly ShareKind[] = ['net', 'ipc', 'uts'];

/** A pod as it is wanted: its holder and its network. */
export interface PodSpec {
  readonly name: string;
  /** The name of a network, `none` (lo alone) or `host` (the host's own). Default: the default network. */
  readonly network?: string;
  /** The address wanted in that network. */
  readonly ip?: string;
  readonly ports?: readonly PortMapping[];
  /** The namespaces that the holder makes and keeps. What is not named stays the host's. */
  readonly share?: readonly ShareKind[];
  readonly hostname?: string;
}

/** Where a workload's namespace of one kind comes from: a pod (or workload) by name, the host, or new. */
export type Origin = 'new' | 'host' | { readonly of: string };

export interface VolumeMount {
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

export type RestartPolicy = 'no' | 'on-failure' | 'always';

/** A workload as it is wanted. */
export interface WorkloadSpec {
  readonly name: string;
  readonly command: readonly string[];
  readonly origins: Readonly<Record<ShareKind, Origin>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** A user name or number, with an optional `:group`. */
  readonly user?: string;
  readonly volumes?: readonly VolumeMount[];
  readonly privileged?: boolean;
  readonly restart?: RestartPolicy;
  /** Seconds between TERM and KILL. */
  readonly grace?: number;
}

/** Docker's default between TERM and KILL. */
export const DEFAULT_GRACE = 10;
