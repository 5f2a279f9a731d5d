/** The owner of a namespace or process: this host, a pod, a container of another engine, or a name of `ip netns`. */
export interface Owner {
  readonly by: 'host' | 'pod' | 'docker' | 'podman' | 'containerd' | 'mininet' | 'netns';
  readonly name: string;
  /** A workload of the pod. Undefined: the whole pod, or an owner without members. */
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
  /** A pod's pause process and workloads; else the command of the first process; else what keeps the namespace alive. */
  readonly inside: readonly string[];
  readonly interfaces: readonly Interface[];
  /** Address translation, in words. */
  readonly nat: readonly string[];
}

export interface Interface {
  readonly index: number;
  readonly name: string;
  /** The kernel's name: `veth`, `bridge`, `vxlan`; `loopback`, or `ether` for hardware. */
  readonly kind: string;
  readonly up: boolean;
  readonly mac: string | null;
  readonly mtu: number;
  /** With their prefix lengths. */
  readonly addresses: readonly string[];
  /** The bridge (bond, team …) that the interface is a port of, in the same namespace. */
  readonly master: string | null;
  /** The remote end or the lower link of a tunnel, in words. */
  readonly detail: string | null;
  /**
   * The other end of a veth pair; the lower link of a macvlan or VLAN, when it is in another namespace. `unreachable`: in a
   * namespace that is not visible.
   */
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
  /** `veth`: a pair. For other kinds the first end is the upper link, the second end the lower one. */
  readonly kind: string;
  readonly ends: readonly [End, End];
}
