/** The endpoints of a Service without a selector, given by hand: `Endpoints`, or one `EndpointSlice` of several. */
export interface EndpointsSpec {
  readonly name: string;
  readonly namespace: string;
  /** The name of the Service. */
  readonly service: string;
  readonly subsets: readonly EndpointSubset[];
}

/** Each address with each port. */
export interface EndpointSubset {
  readonly addresses: readonly GivenAddress[];
  /** A port of the Service is the one of the same name and protocol. */
  readonly ports: readonly {
    readonly name?: string;
    readonly protocol: 'tcp' | 'udp';
    readonly port: number;
  }[];
}

export interface GivenAddress {
  readonly address: string;
  readonly ready: boolean;
  /** What it is called in a headless Service: `db-0`. */
  readonly hostname?: string;
}
