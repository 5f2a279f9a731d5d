/** What `nslab events` tells of, in the order of its help. */
export const EVENT_TYPES = [
  'link',
  'address',
  'route',
  'neighbour',
  'namespace',
  'pod',
  'workload',
  'service',
  'endpoints',
  'conntrack',
  'nft',
] as const;

export type EventType = (typeof EVENT_TYPES)[number];

/** One change on this machine, of the kernel or of the records of pods: a line of `nslab events`. */
export interface ObservedEvent {
  /** Nanoseconds since 1970. */
  readonly time: bigint;
  readonly type: EventType;
  readonly action: 'added' | 'changed' | 'removed';
  /** The network namespace: `host`, `pod web`; null for what is in none. */
  readonly where: string | null;
  /** `eth0`, `10.244.0.2/16`, `web/nginx`. */
  readonly object: string;
  /** What has become of it. */
  readonly message: string;
}
