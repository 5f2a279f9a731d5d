import type { DriverName } from '../net/driver.ts';
import type { NetworkType } from '../spec/network-spec.ts';
import type { HostAlias, MemoryVolume, NetnsName, PodFile, Resolver, ShareKind } from '../spec/pod-spec.ts';
import type { Protocol } from '../spec/port.ts';
import type { Handler, Origin, RestartPolicy, VolumeMount } from '../spec/workload-spec.ts';
import type { Transcript } from '../transcript/transcript.ts';

/** Where and how a program of yours uses nslab. */
export interface Options {
  /** The state directory. Default: `/run/nslab`. */
  readonly stateDir?: string | undefined;
  /** Who configures the network: messages of our own (`netlink`, the default), or iproute2 (`ip`). */
  readonly driver?: DriverName | undefined;
  /** Receives warnings. Default: they are dropped. */
  readonly warn?: ((line: string) => void) | undefined;
  /** Receives every event as it happens. */
  readonly transcript?: Transcript | undefined;
}

/** A time: seconds, or as Kubernetes and Go write it (`90s`, `1m30s`, `500ms`). */
export type Duration = number | string;

/** A size: bytes, or as Kubernetes writes it (`64Mi`, `1.5G`). */
export type Size = number | string;

/** A network by its name, or the object. As a name also `none` (lo alone) and `host` (the host's own). */
export type NetworkName = string | { readonly name: string };

/** One interface of a pod. */
export interface InterfaceOptions {
  readonly name: NetworkName;
  /** A fixed address in it. */
  readonly ip?: string | undefined;
  /** What the interface is called in the pod. Default: `eth` and its place in the list. */
  readonly interface?: string | undefined;
}

/** A published port: a port of the host, forwarded to a port of the pod. */
export interface PortOptions {
  readonly hostPort: number;
  readonly podPort: number;
  /** Default: `tcp`. */
  readonly protocol?: Protocol | undefined;
  /** An IPv4 address of the host. Default: all of them. */
  readonly hostIP?: string | undefined;
}

/** A pod: its holder and its network. */
export interface PodOptions {
  readonly name: string;
  /**
   * A network; or several, for eth0, eth1 and on: the default route and the published ports are of the first. Default: the
   * network `default`, which is made with its first pod and goes with its last.
   */
  readonly network?: NetworkName | readonly (NetworkName | InterfaceOptions)[] | undefined;
  /**
   * A network namespace that is there already, which the pod adopts: a name of `ip netns`, or a path. Nothing in it is
   * changed, but for an interface in each network that is named.
   */
  readonly netns?: string | undefined;
  /**
   * How `ip netns` knows its network namespace. `link`, the default: a symbolic link, which keeps nothing. `attach`: a mount, by
   * `ip netns attach`, that keeps the namespace when the holder is gone.
   */
  readonly netnsName?: NetnsName | undefined;
  /** A fixed address in the first network. */
  readonly ip?: string | undefined;
  /** Each an object, or `[ADDRESS:]HOST:POD[/udp]`, where both ports may be ranges. */
  readonly ports?: readonly (PortOptions | string)[] | undefined;
  /** The kinds of namespace that the holder creates and keeps. Default: net, ipc, uts. The other kinds are the host's. */
  readonly share?: readonly ShareKind[] | undefined;
  readonly hostname?: string | undefined;
  /** Its full name, for /etc/hosts: `web.sub.default.svc.cluster.local`. */
  readonly fqdn?: string | undefined;
  readonly hostAliases?: readonly HostAlias[] | undefined;
  /** The content of /etc/resolv.conf. Default: the host's. */
  readonly resolver?: Resolver | undefined;
  /** Sysctls of its namespaces, by path below /proc/sys: `net/ipv4/ip_unprivileged_port_start`. */
  readonly sysctls?: Readonly<Record<string, string>> | undefined;
  /** tmpfs volumes in the holder's mount namespace: they outlive each workload and are removed with the pod. */
  readonly volumes?: readonly MemoryVolume[] | undefined;
  /** Files in the pod's record that are mounted into workloads. */
  readonly files?: readonly PodFile[] | undefined;
}

/** A volume of a workload. */
export type VolumeOptions = Omit<VolumeMount, 'readOnly'> & {
  /** Default: false. */
  readonly readOnly?: boolean | undefined;
};

/** A hook or probe, as Kubernetes has them, run by the workload's shim. */
export type HandlerOptions = Pick<Handler, 'when' | 'action' | 'success' | 'failure'> & {
  readonly [K in 'delay' | 'period' | 'timeout' | 'grace']?: Duration | undefined;
};

/** A workload: a program in a pod. What it does not name is shared as in a Kubernetes pod. */
export interface WorkloadOptions {
  readonly name: string;
  /** The program and its arguments: no shell is in between. */
  readonly command: readonly string[];
  /** Where its namespaces come from. Default: net, ipc and uts from its pod, pid and mnt new. */
  readonly origins?: Readonly<Partial<Record<ShareKind, Origin>>> | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** An absolute path. Default: `/`. */
  readonly cwd?: string | undefined;
  /** A user's name or number, with an optional `:group`. Default: root. */
  readonly user?: string | number | undefined;
  /** Each an object, or `HOST:DIR[:ro]`. */
  readonly volumes?: readonly (VolumeOptions | string)[] | undefined;
  /** All capabilities, and the host's devices. */
  readonly privileged?: boolean | undefined;
  /** Default: `no`. */
  readonly restart?: RestartPolicy | undefined;
  /** The maximum number of restarts. Default: no limit. */
  readonly mostRestarts?: number | undefined;
  /** The signal that stops it, by name or number. Default: TERM. */
  readonly stopSignal?: string | number | undefined;
  /** Its standard input stays open and empty. Default: /dev/null. */
  readonly openInput?: boolean | undefined;
  /** Between TERM and KILL. Default: 10 s. */
  readonly grace?: Duration | undefined;
  /** Supplementary groups, in addition to the user's groups on this machine. */
  readonly groups?: readonly number[] | undefined;
  /** The bounding set in hexadecimal. Default: Docker's 14 capabilities. capabilities(7) */
  readonly capabilities?: string | undefined;
  /** Set-user-ID programs gain nothing. prctl(2) */
  readonly noNewPrivileges?: boolean | undefined;
  readonly readOnlyRoot?: boolean | undefined;
  /** Directories to create in its private root. */
  readonly directories?: readonly string[] | undefined;
  /** `memory` in bytes or as `64Mi`; `cpu` in processors (`0.5`) or as `500m`. */
  readonly limits?: { readonly memory?: Size | undefined; readonly cpu?: Size | undefined } | undefined;
  readonly handlers?: readonly HandlerOptions[] | undefined;
  /** After so long it is stopped, and not restarted. */
  readonly deadline?: Duration | undefined;
}

/** A network: a bridge (or routes), a subnet with a lease for each pod, masquerade to the outside. */
export interface NetworkOptions {
  readonly name: string;
  /** `bridge`: the pods are ports of one bridge. `ptp`: each pod has its own route. Default: `bridge`. */
  readonly type?: NetworkType | undefined;
  /** Default: the first /16 from 10.244.0.0 on that no route and no other network overlaps. */
  readonly subnet?: string | undefined;
  /** Default: the MTU of the interface with the default route, at most 1500. */
  readonly mtu?: number | undefined;
  /** The network is removed with its last pod. */
  readonly onDemand?: boolean | undefined;
}

/** What ends a call early. */
export interface LimitOptions {
  /** It fails with ERR_TIMEOUT after so long. */
  readonly timeout?: Duration | undefined;
  /** It fails with an AbortError when this is aborted. */
  readonly signal?: AbortSignal | undefined;
}

/** How a command is run in a pod. */
export interface SpawnOptions extends LimitOptions {
  /**
   * The workload whose namespaces, root, user and limits it gets. Default: of a pod that was made from a manifest the default
   * container, else the holder's namespaces.
   */
  readonly workload?: string | undefined;
  /** Added to the workload's own. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Default: the workload's own. */
  readonly cwd?: string | undefined;
  /** A user's name or number, with an optional `:group`. Default: the workload's own. */
  readonly user?: string | number | undefined;
  /** A terminal of its own: what it writes all comes on `stdout`, and the end of the input becomes Ctrl-D. */
  readonly tty?: boolean | undefined;
  readonly privileged?: boolean | undefined;
}

export interface ExecOptions extends SpawnOptions {
  /** What it reads. Default: nothing. */
  readonly stdin?: string | Uint8Array | NodeJS.ReadableStream | undefined;
}

export interface LogOptions {
  /** Goes on until the workload has ended for good. */
  readonly follow?: boolean | undefined;
  /** The last lines only. Default: all. */
  readonly tail?: number | undefined;
  /** It fails with an AbortError when this is aborted. To stop without an error, leave the loop. */
  readonly signal?: AbortSignal | undefined;
}

/** How a manifest is read. */
export interface ManifestOptions extends Options {
  /** The network of pods that have one of their own. */
  readonly network?: NetworkName | undefined;
  /** How `ip netns` knows pods that have a network namespace of their own. Default: `link`. */
  readonly netnsName?: NetnsName | undefined;
  /** Whether `hostPath` volumes are allowed. */
  readonly allowHostPath?: boolean | undefined;
  /** Fields that nslab does not support are warnings. Default: they are errors. */
  readonly ignoreUnsupported?: boolean | undefined;
  /** What stands for an image: `NAME=COMMAND`, or `NAME=dir:PATH` for a root file system. */
  readonly images?: readonly string[] | undefined;
}
