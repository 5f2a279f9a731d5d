/** The way of one probe, and who stopped it: the document `nslab trace -o json`. */
export interface Trace {
  readonly from: TracePlace;
  readonly probe: {
    readonly protocol: 'tcp' | 'udp' | 'icmp';
    /** `10.244.0.2:41234`; null where it never left. */
    readonly source: string | null;
    readonly destination: string;
    /** What it was asked for as: `Service web`; null for an address. */
    readonly name: string | null;
    readonly dscp: number;
  };
  /** The namespaces that it passed, in its order. */
  readonly hops: readonly TraceHop[];
  /** Those that the answer passed, back to the source. */
  readonly answer: readonly TraceHop[];
  readonly verdict: TraceVerdict;
}

export interface TracePlace {
  /** `pod web`, `this host`. */
  readonly label: string;
  /** Of the network namespace. */
  readonly inode: number;
}

/** One visit of a network namespace. */
export interface TraceHop extends TracePlace {
  /** The interfaces by which the packet came and went; null where it began or ended here. */
  readonly in: string | null;
  readonly out: string | null;
  /** The bridge that it crossed in this namespace. */
  readonly bridge: string | null;
  /** At its arrival. */
  readonly ttl: number;
  /** `10.244.0.2:41234 → 10.244.0.3:80`, at its arrival. */
  readonly packet: string;
  /** What address translation made of it, in order. */
  readonly nat: readonly string[];
  readonly rules: readonly TraceRule[];
  /** `via 10.244.0.1 dev eth0`; null where nothing was routed. */
  readonly route: string | null;
}

/** A rule, or the policy of a chain, that decided. */
export interface TraceRule {
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  /** As nft lists it, with its comment; null for a policy. */
  readonly rule: string | null;
  readonly handle: string | null;
  /** `accept`, `drop`, `jump` … */
  readonly verdict: string;
}

export type TraceResult = 'reached' | 'refused' | 'dropped' | 'unknown';

export interface TraceVerdict {
  /** `unknown`: it left what this machine sees, and nothing that must answer was asked. */
  readonly result: TraceResult;
  /** Where that was decided; null beyond this machine. */
  readonly at: TracePlace | null;
  readonly why: string;
  /** Whom its receiver took it from, behind all address translation: `10.244.0.1:41234`; null where it was not delivered. */
  readonly sourceSeen: string | null;
  readonly rule: TraceRule | null;
  /** What the client got: `EHOSTUNREACH`; null for an answer, or silence. */
  readonly errno: string | null;
  /** The kernel's counters of dropped packets that rose there meanwhile. */
  readonly counters: readonly string[];
  readonly cure: string | null;
}
