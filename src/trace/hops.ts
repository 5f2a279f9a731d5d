import { lookUpRoute } from '../net/route-lookup.ts';
import type { TraceHop } from '../spec/trace.ts';
import { flowOf } from './packet.ts';
import { decisions, type RuleTexts } from './rules.ts';
import type { Sighting } from './sightings.ts';
import { arrivedBy, leftBy, type Visit } from './visits.ts';

/** A visit as it is told. */
export function toHop(visit: Visit, textOf: RuleTexts): TraceHop {
  const { station, sightings } = visit;
  const [first] = sightings;
  return {
    label: station.label,
    inode: station.inode,
    in: nameOf(visit, arrivedBy(visit)),
    out: nameOf(visit, leftBy(visit)),
    bridge: bridgeOf(visit),
    ttl: first?.packet.ttl ?? 0,
    packet: first ? flowOf(first.packet) : '',
    nat: translations(sightings),
    rules: decisions(sightings, textOf),
    route: routeOf(visit),
  };
}

/** As the IP layer of a namespace has routed it: on its way through, or when it was born, behind an address translation at output. */
export function routedSighting({ sightings }: Visit): Sighting | undefined {
  return sightings.findLast(
    ({ mark, event }) => event.family === 'ip' && (mark?.hook === 'forward' || mark?.hook === 'output'),
  );
}

export function nameOf({ station }: Visit, index: number | undefined): string | null {
  return index === undefined ? null : (station.links.get(index) ?? `#${index}`);
}

function translations(sightings: readonly Sighting[]): string[] {
  const flows = sightings.map(({ packet }) => flowOf(packet));
  return flows.flatMap((flow, at) =>
    at > 0 && flow !== flows[at - 1] ? [`${flows[at - 1]}  becomes  ${flow}`] : [],
  );
}

/** The hooks of bridges see the port where those of IP see the bridge. */
function bridgeOf(visit: Visit): string | null {
  const crossing = visit.sightings.find(({ event }) => event.family === 'bridge');
  const port = crossing?.iif ?? crossing?.oif;
  return port === undefined ? null : nameOf(visit, visit.station.masters.get(port));
}

function routeOf(visit: Visit): string | null {
  const routed = routedSighting(visit);
  if (!routed || isBridged(routed)) return null;
  const { station, packet, iif } = routed;
  const name = nameOf(visit, iif);
  const { route, shell } = station.sockets;
  const found = lookUpRoute(
    route,
    {
      from: packet.from,
      to: packet.to,
      iif: iif === undefined || name === null ? undefined : { index: iif, name },
    },
    shell,
  );
  if ('errno' in found) return null;
  return [
    ...(found.gateway === undefined ? [] : [`via ${found.gateway}`]),
    `dev ${nameOf(visit, found.device) ?? '?'}`,
  ].join(' ');
}

/** br_netfilter shows frames that a bridge only passes on to the IP hooks: they come and go by the bridge. */
function isBridged({ mark, iif, oif }: Sighting): boolean {
  return mark?.hook === 'forward' && iif !== undefined && iif === oif;
}
