/** A Service as it is wanted: a name and an address for pods that a selector finds. */
export interface ServiceSpec {
  readonly name: string;
  readonly namespace: string;
  readonly type: 'ClusterIP' | 'NodePort' | 'ExternalName';
  /** The wanted address; `None`: headless, it has none and is its pods' addresses by name. */
  readonly clusterIP?: string;
  readonly ports: readonly ServicePort[];
  /** The labels that its pods have. None: its endpoints are given by hand. */
  readonly selector?: Readonly<Record<string, string>>;
  /** How long a client stays with its endpoint, in seconds, where it does. */
  readonly affinity?: number;
  /** Pods that are not ready count, too. */
  readonly publishNotReady?: boolean;
  /** Who comes by a node port keeps its address: `externalTrafficPolicy: Local`. */
  readonly keepsSource?: boolean;
  /** The name of which it is another one. */
  readonly externalName?: string;
}

export interface ServicePort {
  readonly name?: string;
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  /** A number, or the name of a container's port. */
  readonly targetPort: number | string;
  readonly nodePort?: number;
}

/** As Kubernetes has it: `web`, and `web.shop` in another namespace than `default`. */
export function serviceTitle({ name, namespace }: Pick<ServiceSpec, 'name' | 'namespace'>): string {
  return namespace === 'default' ? name : `${name}.${namespace}`;
}
