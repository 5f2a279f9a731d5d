/** `bridge`: the pods are ports of one bridge. `ptp`: each pod has its own route. Named after the CNI plugins. */
export type NetworkType = 'bridge' | 'ptp';

/** The desired state of a network. */
export interface NetworkSpec {
  readonly name: string;
  /** Default: `bridge`. */
  readonly type?: NetworkType;
  /** Default: the first /16 from 10.244.0.0 on that no route and no other network overlaps. */
  readonly subnet?: string;
  /** Default: the MTU of the interface with the default route, at most 1500. */
  readonly mtu?: number;
  /** The network is removed with its last pod. */
  readonly onDemand?: boolean;
}

/** The network of pods that name none. It is created on demand. */
export const DEFAULT_NETWORK = 'default';
