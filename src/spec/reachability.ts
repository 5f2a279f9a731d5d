/** Who reaches whom: the document `nslab ping -o json`. */
export interface Reachability {
  readonly from: readonly string[];
  readonly to: readonly ReachedEnd[];
  /** Row by row. No end is asked by itself, nor what it has no address for. */
  readonly cells: readonly ReachCell[];
}

export interface ReachedEnd {
  /** `web`, `host`, `outside`, or a port of a Service: `web:80/tcp`. */
  readonly name: string;
  /** No kernel answers an echo request for the address of a Service: its port is connected to. */
  readonly by: 'icmp' | 'tcp';
}

/** `unreachable`: an error came that says so. `silent`: nothing came in time. */
export type ReachResult = 'reached' | 'refused' | 'unreachable' | 'silent';

export interface ReachCell {
  readonly from: string;
  readonly to: string;
  readonly by: ReachedEnd['by'];
  readonly address: string;
  /** 0 for ICMP. */
  readonly port: number;
  readonly result: ReachResult;
  /** Milliseconds; null where no answer came. */
  readonly rtt: number | null;
  /** What the client got: `EHOSTUNREACH`; null for an answer, or silence. */
  readonly errno: string | null;
  /** Exactly one of the two directions is answered. */
  readonly asymmetric: boolean;
  /** The command that says who stops it; null where it was reached. */
  readonly trace: string | null;
}
