/** `bridge`: the pods are ports of one bridge. `ptp`: each pod has a route of its own. The names of CNI's plugins. */
export type NetworkType = 'bridge' | 'ptp';

/** A network as it is wanted. What is left out is chosen when it is made. */
export interface NetworkSpec {
  readonly name: string;
  /** Default: `bridge`. */
  readonly type?: NetworkType;
  /** Default: the first /16 from 10.244.0.0 on that no route and no other network overlaps. */
  readonly subnet?: string;
  /** Default: that of the interface with the default route, at most 1500. */
  readonly mtu?: number;
  /** The network goes with its last pod. */
  readonly onDemand?: boolean;
}

/** The network of pods that name none; it is made on demand. */
export const DEFAULT_NETWORK = 'default';
