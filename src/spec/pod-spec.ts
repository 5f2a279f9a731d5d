import type { PortMapping } from './port.ts';

/** The kinds of namespace that a holder can keep for its workloads. */
export type ShareKind = 'net' | 'ipc' | 'uts' | 'pid';

export const SHARE_KINDS: readonly ShareKind[] = ['net', 'ipc', 'uts', 'pid'];

/** The kinds that Kubernetes shares in a pod by default. */
export const DEFAULT_SHARE: readonly ShareKind[] = ['net', 'ipc', 'uts'];

/** The desired state of a pod: its holder and its network. */
export interface PodSpec {
  readonly name: string;
  /** The name of a network, `none` (lo alone) or `host` (the host's own). Default: the default network. */
  readonly network?: string;
  /** A fixed address in that network. */
  readonly ip?: string;
  readonly ports?: readonly PortMapping[];
  /** The kinds of namespace that the holder creates and keeps. The other kinds are the host's. */
  readonly share?: readonly ShareKind[];
  readonly hostname?: string;
  /** Its full name, for /etc/hosts: `web.sub.default.svc.cluster.local`. */
  readonly fqdn?: string;
  readonly hostAliases?: readonly HostAlias[];
  readonly resolver?: Resolver;
  /** Sysctls of its namespaces, by path below /proc/sys: `net/ipv4/ip_unprivileged_port_start`. */
  readonly sysctls?: Readonly<Record<string, string>>;
  /** tmpfs volumes in the holder's mount namespace: they outlive each workload and are removed with the pod. */
  readonly volumes?: readonly MemoryVolume[];
  /** Files in the pod's record that are mounted into workloads. */
  readonly files?: readonly PodFile[];
  /** The manifest that the pod was created from. */
  readonly manifest?: object;
}

/** A line of /etc/hosts. */
export interface HostAlias {
  readonly ip: string;
  readonly hostnames: readonly string[];
}

/** The content of /etc/resolv.conf. resolv.conf(5) */
export interface Resolver {
  /** `host`: the entries are added to this host's. `none`: only these entries. */
  readonly base: 'host' | 'none';
  readonly nameservers: readonly string[];
  readonly searches: readonly string[];
  readonly options: readonly string[];
}

/** A tmpfs(5). */
export interface MemoryVolume {
  readonly name: string;
  /** As mount(2) takes them: `mode=0777,size=10485760`. */
  readonly options: string;
}

export interface PodFile {
  /** Relative to the pod's `files` directory. */
  readonly path: string;
  /** Undefined: a directory. */
  readonly content?: string | Uint8Array;
  readonly mode: number;
  readonly gid?: number;
}
