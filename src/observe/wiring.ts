import type { Whose } from './whose.ts';

/** Who is wired to whom: network namespaces, their interfaces, and the cables between these. */
export interface Wiring {
  /** This host first, then ours, then the others. */
  readonly places: readonly Place[];
  readonly cables: readonly Cable[];
  /** What could not be seen, in sentences. */
  readonly unseen: readonly string[];
}

/** A network namespace. */
export interface Place {
  readonly inode: number;
  /** `this host`, `pod web`, `docker db`; `net:[4026532251]` where nobody says whose it is. */
  readonly label: string;
  readonly whose: readonly Whose[];
  /** What lives in it: the parts of a pod, else the command of its first process, or what alone holds it. */
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

/** One end of a cable. */
export interface End {
  /** Of the network namespace. */
  readonly inode: number;
  readonly index: number;
  readonly name: string;
}

export interface Cable {
  /** `veth`: two ends alike. Else the first end lies on the second. */
  readonly kind: string;
  readonly ends: readonly [End, End];
}
