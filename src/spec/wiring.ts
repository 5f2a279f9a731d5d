/** What a namespace or a process belongs to: this host, a pod, a container of another engine, or a name of `ip netns`. */
export interface Owner {
  readonly by: 'host' | 'pod' | 'docker' | 'podman' | 'containerd' | 'mininet' | 'netns';
  readonly name: string;
  /** The part of it, where it has several: a workload of a pod. */
  readonly member?: string;
}

/** Network namespaces, their interfaces, and the links between these: the document `nslab map -o json`. */
export interface Wiring {
  /** This host first, then our pods, then the others. */
  readonly places: readonly MapNetns[];
  readonly cables: readonly MapLink[];
  /** What could not be seen, in sentences. */
  readonly unseen: readonly string[];
}

/** A network namespace. */
export interface MapNetns {
  readonly inode: number;
  /** `this host`, `pod web`, `docker db`; `net:[4026532251]` where the owner is unknown. */
  readonly label: string;
  readonly whose: readonly Owner[];
  /** The parts of a pod, else the command of its first process, else what alone keeps it alive. */
  readonly inside: readonly string[];
  readonly interfaces: readonly Interface[];
  /** Address translation, in words. */
  readonly nat: readonly string[];
}

export interface Interface {
  readonly index: number;
  readonly name: string;
  /** As the kernel calls it: `veth`, `bridge`, `vxlan`; `loopback`, or `ether` for hardware. */
  readonly kind: string;
  readonly up: boolean;
  readonly mac: string | null;
  readonly mtu: number;
  /** With their prefix lengths. */
  readonly addresses: readonly string[];
  /** The bridge (bond, team …) in the same namespace that it is a port of. */
  readonly master: string | null;
  /** Where a tunnel leads, or what it lies on, in words. */
  readonly detail: string | null;
  /** The other end of a veth pair; what a macvlan or VLAN lies on, when that is elsewhere. `unreachable`: in a namespace that cannot be seen. */
  readonly peer: End | 'unreachable' | null;
}

/** One end of a link. */
export interface End {
  /** Of the network namespace. */
  readonly inode: number;
  readonly index: number;
  readonly name: string;
}

export interface MapLink {
  /** `veth`: two ends alike. Else the first end lies on the second. */
  readonly kind: string;
  readonly ends: readonly [End, End];
}
