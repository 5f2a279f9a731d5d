import type { PortMapping } from './port.ts';

/** The kinds of namespace that a holder can keep for its workloads. */
export type ShareKind = 'net' | 'ipc' | 'uts' | 'pid';

export const SHARE_KINDS: readonly ShareKind[] = ['net', 'ipc', 'uts', 'pid'];

/** The kinds that Kubernetes shares in a pod by default. */
export const DEFAULT_SHARE: readonly ShareKind[] = ['net', 'ipc', 'uts'];

export const NETNS_NAMES = ['link', 'attach'] as const;
export type NetnsName = (typeof NETNS_NAMES)[number];

/** The desired state of a pod: its holder and its network. */
export interface PodSpec {
  readonly name: string;
  /**
   * The name of a network, `none` (lo alone) or `host` (the host's own); or several networks, for eth0, eth1 and on: the
   * default route is by the first. Default: the default network.
   */
  readonly network?: string | readonly (string | InterfaceSpec)[];
  /**
   * A network namespace that is there already, which the pod adopts: a name of `ip netns`, or a path. Nothing in it is
   * changed, but for an interface in each network that is named.
   */
  readonly netns?: string;
  /**
   * How `ip netns` knows its network namespace. `link`, the default: a symbolic link, which keeps nothing. `attach`: a mount
   * that keeps the namespace when the holder is gone.
   */
  readonly netnsName?: NetnsName;
  /** A fixed address in the first network. */
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
  /** The Job that it is of. */
  readonly job?: JobShare;
}

/** What a pod shares with the others of its Job. */
export interface JobShare {
  readonly name: string;
  /** So many run at the same time, each of the others waits for its turn. Undefined: all do. */
  readonly together?: number;
  /** The failures of all pods are counted together, and when one has failed for good the Job has: what runs is ended, and nothing more begins. */
  readonly failsTogether: boolean;
  /** So many seconds after all of its pods have ended they are taken down. Undefined: they stay. */
  readonly ttl?: number;
}

/** One interface of a pod. */
export interface InterfaceSpec {
  /** Of the network. */
  readonly name: string;
  /** A fixed address in it. */
  readonly ip?: string;
  /** What the interface is called in the pod. Default: `eth` and its place in the list. */
  readonly interface?: string;
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
  /** Without content and link: a directory. */
  readonly content?: string | Uint8Array;
  /** What a symbolic link contains. */
  readonly link?: string;
  readonly mode: number;
  readonly gid?: number;
}
