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

/** Where a workload's namespace of one kind comes from: a pod (or workload) by name, the host, or new. */
export type Origin = 'new' | 'host' | { readonly of: string };

export interface VolumeMount {
  /** A path on this host; or in what the pod keeps: `/volumes/NAME` in its holder's memory, `NAME` in its files. */
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
  /** Where `source` is to be looked for. Default: on this host. */
  readonly from?: 'host' | 'holder' | 'files';
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
  /** After so many restarts its end is final. */
  readonly mostRestarts?: number;
  /** Seconds between TERM and KILL. */
  readonly grace?: number;
  /** Supplementary groups, besides those that the user has on this machine. */
  readonly groups?: readonly number[];
  /** The bounding set, in hexadecimal. Default: Docker's fourteen. capabilities(7) */
  readonly capabilities?: string;
  /** Without no_new_privs: a set-user-ID program works. prctl(2) */
  readonly mayGainPrivileges?: boolean;
  readonly readOnlyRoot?: boolean;
  /** Directories to make in its private root. */
  readonly directories?: readonly string[];
  readonly limits?: Limits;
  readonly errands?: readonly Errand[];
  /** Seconds from its start after which it is ended for good. */
  readonly deadline?: number;
  /** `init`: runs to its end before the next begins. `sidecar`: begins among those, and ends after the others. */
  readonly phase?: 'init' | 'sidecar';
}

/** What the machine's cgroups keep it to. */
export interface Limits {
  /** In bytes. */
  readonly memory?: number;
  /** In thousandths of a processor. */
  readonly cpu?: number;
}

/** What a shim has done on behalf of its workload, by a child of its own. Kubernetes' hooks and probes. */
export interface Errand {
  readonly when: 'post-start' | 'pre-stop' | 'startup' | 'liveness' | 'readiness';
  readonly deed:
    | { readonly exec: readonly string[] }
    | { readonly tcp: string }
    | { readonly http: string; readonly headers: readonly string[] }
    | { readonly sleep: number };
  /** Seconds; what is not said is the shim's default. */
  readonly delay?: number;
  readonly period?: number;
  readonly timeout?: number;
  readonly grace?: number;
  /** How many in a row. */
  readonly success?: number;
  readonly failure?: number;
}

/** Docker's default between TERM and KILL. */
export const DEFAULT_GRACE = 10;
