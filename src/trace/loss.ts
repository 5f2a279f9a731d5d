import { hasNoNeighbour, lookUpRoute } from '../net/route-lookup.ts';
import { errnoWords } from '../sys/errors.ts';
import type { Kernel } from '../sys/invoke.ts';
import { nameOf, routedSighting } from './hops.ts';
import type { Sighting } from './sightings.ts';
import { readSetting } from './stations.ts';
import { isBeforeRouting, isDelivered, lastMark, leftBy, type Visit } from './visits.ts';

/** Why a packet went no further, though no rule of nftables dropped it. */
export interface Loss {
  readonly why: string;
  readonly cure?: string;
  /** It left what this machine sees. */
  readonly beyond?: true;
}

/** Asks the kernel about the last place that saw the packet. Undefined: it was delivered there. */
export function explainLoss(kernel: Kernel, visit: Visit): Loss | undefined {
  const last = lastMark(visit);
  if (!last?.mark) return { why: 'nothing has seen it' };
  const { hook, place } = last.mark;
  if (isDelivered(visit)) return place === 'last' ? undefined : insideHook(visit, hook);
  if (place === 'first') return insideHook(visit, hook);
  if (isBeforeRouting(visit)) {
    const routed = visit.sightings.findLast(({ mark, event }) => mark && event.family === 'ip');
    return routed && hook === 'input' ? atRouting(kernel, visit, routed) : beforeRouting(kernel, visit, last);
  }
  return last.event.family === 'bridge' && hook === 'forward' ? atBridge(visit, last) : onTheWire(visit);
}

/** Of a bridge the last hook before it chooses a port, else that before IP chooses a route. */
function beforeRouting(kernel: Kernel, visit: Visit, last: Sighting): Loss {
  return last.event.family === 'bridge' ? atBridge(visit, last) : atRouting(kernel, visit, last);
}

function insideHook({ station }: Visit, hook: string): Loss {
  const { legacy } = station.sockets;
  const tables = legacy.filter((name) => name !== '');
  return {
    why: `the ${hook} hook dropped it, and no rule of nftables did`,
    cure:
      tables.length > 0
        ? `look at the rules of iptables-legacy, which nft does not see (tables ${tables.join(', ')}): iptables-legacy-save`
        : 'look at what else is at that hook: IPVS, connection tracking, a module of its own',
  };
}

function atBridge(visit: Visit, last: Sighting): Loss {
  const port = nameOf(visit, last.iif);
  return {
    why: `the bridge that ${port} is a port of did not pass it on`,
    cure: `look at the ports' state, VLANs and isolation: bridge -d link; bridge vlan; bridge fdb`,
  };
}

/** Between prerouting and what follows there is the decision where it goes to. */
function atRouting(kernel: Kernel, visit: Visit, { packet, iif }: Sighting): Loss {
  const { station } = visit;
  const name = nameOf(visit, iif) ?? 'lo';
  const packetIn = { from: packet.from, to: packet.to, iif: { index: iif ?? 1, name } };
  const found = lookUpRoute(station.sockets.route, packetIn, station.sockets.shell);
  if (!('errno' in found)) return { why: 'it was lost behind routing, where there is a route for it' };
  const isForwarding = readSetting(kernel, station, `ipv4/conf/${name}/forwarding`) !== '0';
  if (found.errno === EHOSTUNREACH && !isForwarding)
    return {
      why: `forwarding is off for what comes in by ${name}`,
      cure: `sysctl -w net.ipv4.conf.${name}.forwarding=1`,
    };
  // Since Linux 6.13 the filter is EINVAL, as a blackhole is: only the route tells them apart.
  const route = lookUpRoute(
    station.sockets.route,
    { ...packetIn, from: undefined, iif: undefined },
    station.sockets.shell,
  );
  if (found.errno === EXDEV || (found.errno === EINVAL && !('errno' in route)))
    return {
      why: `the reverse path filter of ${name}: what is sent to ${packet.from} would leave by another interface`,
      cure: `sysctl -w net.ipv4.conf.${name}.rp_filter=2 (and conf.all), or a route to ${packet.from} by ${name}`,
    };
  return (
    refusedByRoute(found.errno, packet.to) ?? { why: `routing failed: ${errnoWords(found.errno).join(': ')}` }
  );
}

/** What the errno of a route says, also to a client's connect(2). net/ipv4/fib_semantics.c: fib_props */
export function refusedByRoute(errno: number, to: string): Loss | undefined {
  if (errno === ENETUNREACH)
    return { why: `no route to ${to}`, cure: `ip route add ${to} via GATEWAY, or a default route` };
  const kind = ROUTES[errno];
  return kind === undefined ? undefined : routeThatRefuses(kind, to);
}

function routeThatRefuses(kind: string, to: string): Loss {
  return {
    why: `a route of type ${kind} for ${to}`,
    cure: `ip route show type ${kind} table all; remove it, or add a more specific one`,
  };
}

function onTheWire(visit: Visit): Loss {
  const routed = routedSighting(visit);
  const { station } = visit;
  const out = leftBy(visit);
  const name = nameOf(visit, out) ?? '?';
  const silent = routed && silentNeighbour(visit, routed);
  if (silent)
    return {
      why: `no neighbour: nobody answers ARP for ${silent.address} on ${silent.device}`,
      cure: `is ${silent.address} there, and up, and its prefix right? ip neigh show dev ${silent.device}`,
    };
  const peer = out === undefined ? undefined : station.peers.get(out);
  if (peer && peer.inode !== station.inode)
    return {
      why: `it left by ${name} and did not come to the IP layer at the other end of that link`,
      cure: `is the other end up, and is its MAC the one in: ip neigh show`,
    };
  return { why: `it left this machine by ${name}, and nothing came back`, beyond: true };
}

function silentNeighbour(
  visit: Visit,
  { packet, iif }: Sighting,
): { address: string; device: string } | undefined {
  const { station } = visit;
  const { route, shell } = station.sockets;
  const name = nameOf(visit, iif);
  const from = iif === undefined || name === null ? undefined : { index: iif, name };
  const found = lookUpRoute(route, { from: packet.from, to: packet.to, iif: from }, shell);
  if ('errno' in found || found.device === undefined) return undefined;
  const address = found.gateway ?? packet.to;
  const device = nameOf(visit, found.device) ?? '?';
  return hasNoNeighbour(route, address, { index: found.device, name: device }, shell)
    ? { address, device }
    : undefined;
}

const EXDEV = 18;
const EINVAL = 22;
const ENETUNREACH = 101;
const EHOSTUNREACH = 113;

/** EACCES, EINVAL, EHOSTUNREACH */
const ROUTES: Readonly<Record<number, string>> = {
  13: 'prohibit',
  [EINVAL]: 'blackhole',
  [EHOSTUNREACH]: 'unreachable',
};
