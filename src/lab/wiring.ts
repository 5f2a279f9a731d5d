import type { LabSession } from './lab-session.ts';

/** How a pod of a lab is wired to its first network. */
export interface LabWiring {
  readonly gateway: string;
  /** The nft table of the network. */
  readonly table: string;
  /** Of a routed network there is none. */
  readonly bridge: string;
  readonly hostInterface: string;
  /** The address of the pod, without its prefix length. */
  readonly address: string;
  /** `10.244.0.2/16` */
  readonly cidr: string;
  /** `10.244.0.0/16` */
  readonly subnet: string;
}

export function wiringOf(session: LabSession, role: string): LabWiring {
  const pod = session.podOf(role);
  const found = pod.inspect().network as Omit<LabWiring, 'address' | 'cidr' | 'subnet'> & {
    readonly addresses: readonly string[];
  };
  const [cidr = ''] = found.addresses;
  const subnet = `${found.gateway.replace(/\.1$/, '.0')}/${cidr.split('/')[1]}`;
  return { ...found, address: pod.address ?? '', cidr, subnet };
}

/** A /24 of this session in the network for benchmarks, which no real network routes (RFC 2544). */
export function benchmarkNet({ id }: LabSession): string {
  return `198.18.${Number.parseInt(id, 16) % 256}.0/24`;
}
