import { lookUpRoute } from '../net/route-lookup.ts';
import { addressesOf } from '../pod/record.ts';
import { type PodRecord, podNames, readMaybePod } from '../pod/store.ts';
import { isStanding, podState, seePod } from '../pod/view.ts';
import { readServices } from '../service/record.ts';
import { isAddressed } from '../service/ruleset.ts';
import type { ReachedEnd } from '../spec/reachability.ts';
import { serviceTitle } from '../spec/service-spec.ts';
import type { Kernel } from '../sys/invoke.ts';
import { NetlinkSocket } from '../sys/netlink/socket.ts';
import { sourceNetns } from './trace-source.ts';

/** From where it is asked. */
export interface PingSource {
  readonly name: string;
  /** The inode of its network namespace. */
  readonly netns: number;
}

/** What is asked for. */
export interface PingTarget extends ReachedEnd {
  readonly port: number;
  /** What `trace` calls it. */
  readonly traced?: string;
  /** Its address, as a source has to call it; undefined where that source has none for it. */
  addressFor(source: string): string | undefined;
}

export interface PingEnds {
  readonly sources: readonly PingSource[];
  readonly targets: readonly PingTarget[];
  /** What is left out, in sentences. */
  readonly leftOut: readonly string[];
}

/** This host, its pods, the ports of its Services, and the gateway of its default route where it has one. */
export function allEnds(kernel: Kernel, root: string): PingEnds {
  const leftOut: string[] = [];
  const home = { name: 'host', netns: sourceNetns(root, 'host') };
  const pods = podNames(root)
    .sort()
    .flatMap((name) => {
      const pod = readMaybePod(root, name);
      // A workload that joined no pod.
      if (pod?.intent.holder === false) return [];
      const why = pod ? reasonAgainst(pod) : 'its record cannot be used';
      if (why !== undefined) leftOut.push(`pod "${name}" is left out: ${why}`);
      return pod && why === undefined ? [pod] : [];
    });
  const gateways = new Map(pods.map(({ intent, status }) => [intent.name, status?.wiring[0]?.gateway]));
  const outside = gatewayOutside(kernel);
  const { targets: services, leftOut: unasked } = serviceTargets(root);
  return {
    sources: [home, ...pods.map(({ intent: { name } }) => ({ name, netns: sourceNetns(root, name) }))],
    targets: [
      { name: home.name, by: 'icmp', port: 0, addressFor: (source) => gateways.get(source) },
      ...pods.flatMap(podTarget),
      ...services,
      ...(outside === undefined
        ? []
        : [{ name: 'outside', by: 'icmp' as const, port: 0, addressFor: () => outside }]),
    ],
    leftOut: [...leftOut, ...unasked],
  };
}

function reasonAgainst(pod: PodRecord): string | undefined {
  const { intent, status } = pod;
  if (!isStanding(pod)) return podState(pod, seePod(pod));
  if (intent.hostNetwork || !intent.share.includes('net')) return "its network is this host's";
  if (!status?.wiring[0] && !intent.netns) return 'it has no network';
  return undefined;
}

function podTarget({ intent: { name }, status }: PodRecord): PingTarget[] {
  const [address] = addressesOf(status);
  if (address === undefined) return [];
  return [
    {
      name,
      by: 'icmp',
      port: 0,
      traced: name,
      addressFor: (source) => (source === name ? undefined : address),
    },
  ];
}

function serviceTargets(root: string): { targets: PingTarget[]; leftOut: string[] } {
  const leftOut: string[] = [];
  const targets = readServices(root)
    .filter(isAddressed)
    .sort((a, b) => serviceTitle(a).localeCompare(serviceTitle(b)))
    .flatMap((service) =>
      service.ports.flatMap(({ port, protocol }) => {
        const name = `${serviceTitle(service)}:${port}/${protocol}`;
        if (protocol === 'tcp')
          return [
            {
              ...{ name, by: 'tcp' as const, port, addressFor: () => service.clusterIP },
              traced: `svc/${service.name}.${service.namespace}`,
            },
          ];
        leftOut.push(`${name} is left out: what its server answers to is not known`);
        return [];
      }),
    );
  return { targets, leftOut };
}

/** An address of no machine, so no route is made for it: it goes by the default route. RFC 5737. It is looked up, and nothing is sent there. */
const NOBODY = '192.0.2.1';

function gatewayOutside(kernel: Kernel): string | undefined {
  const socket = NetlinkSocket.open(kernel);
  try {
    const found = lookUpRoute(socket, { from: undefined, to: NOBODY, iif: undefined }, '');
    return 'errno' in found ? undefined : found.gateway;
  } finally {
    socket.close();
  }
}
