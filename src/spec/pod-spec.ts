import type { PortMapping } from './port.ts';

/** The kinds of namespace that a holder can keep for its workloads. */
export type ShareKind = 'net' | 'ipc' | 'uts' | 'pid';

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
  /** Its full name, for /etc/hosts: `web.sub.default.svc.cluster.local`. */
  readonly fqdn?: string;
  readonly hostAliases?: readonly HostAlias[];
  readonly resolver?: Resolver;
  /** Settings of its namespaces, by path below /proc/sys: `net/ipv4/ip_unprivileged_port_start`. */
  readonly sysctls?: Readonly<Record<string, string>>;
  /** Memory that the holder keeps for the workloads: it outlives each of them, and goes with the last. */
  readonly volumes?: readonly MemoryVolume[];
  /** Files that lie with the pod's record and are shown to workloads. */
  readonly files?: readonly PodFile[];
  /** What the pod was made from. */
  readonly manifest?: object;
}

/** A line of /etc/hosts. */
export interface HostAlias {
  readonly ip: string;
  readonly hostnames: readonly string[];
}

/** What /etc/resolv.conf says. resolv.conf(5) */
export interface Resolver {
  /** `host`: what follows is added to what this host has. `none`: that is all. */
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
  /** Below the pod's `files` directory. */
  readonly path: string;
  /** Without: a directory, which may stay empty. */
  readonly content?: string | Uint8Array;
  readonly mode: number;
  readonly gid?: number;
}
