import type { EndpointsManifest } from '../manifest/endpoints.ts';
import type { EndpointSubset, EndpointsSpec, GivenAddress } from '../spec/endpoints-spec.ts';

/** Translates Endpoints or an EndpointSlice of Kubernetes. */
export function givenEndpoints({ subsets, ...named }: EndpointsManifest): EndpointsSpec {
  return { ...named, subsets: subsets.map(subsetOf) };
}

type Subset = EndpointsManifest['subsets'][number];

function subsetOf({ addresses = [], notReadyAddresses = [], ports = [] }: Subset): EndpointSubset {
  return {
    addresses: [
      ...addresses.map((each) => addressOf(each, true)),
      ...notReadyAddresses.map((each) => addressOf(each, false)),
    ],
    ports: ports.map(({ name, port, protocol }) => ({
      ...(name && { name }),
      protocol: protocol === 'UDP' ? 'udp' : 'tcp',
      port,
    })),
  };
}

function addressOf({ ip, hostname }: NonNullable<Subset['addresses']>[number], ready: boolean): GivenAddress {
  return { address: ip, ready, ...(hostname !== undefined && { hostname }) };
}
