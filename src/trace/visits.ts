import type { Hook } from '../sys/netlink/trace-table.ts';
import type { Sighting } from './sightings.ts';
import type { Station } from './stations.ts';

/** What one network namespace saw of a packet, from its arrival or birth there until it left, ended or was dropped. */
export interface Visit {
  readonly station: Station;
  readonly sightings: readonly Sighting[];
}

/** The way of a packet: its visits in order. Between two namespaces only the wiring and the TTL say what came first. */
export function wayOf(sightings: readonly Sighting[]): Visit[] {
  const rest = visitsOf(sightings).filter(isFirstOfItsKind);
  const start = rest.findIndex((visit) => firstMark(visit)?.hook === 'output');
  const way = rest.splice(Math.max(start, 0), 1);
  for (let last = way[0]; last && rest.length > 0; last = way.at(-1)) {
    const next = rest.findIndex((visit) => follows(last as Visit, visit));
    way.push(...rest.splice(next >= 0 ? next : indexOfHighestTtl(rest), 1));
  }
  return way;
}

/** The interface by which a packet came: of a bridge, its port. */
export function arrivedBy({ sightings }: Visit): number | undefined {
  return sightings.find(({ mark }) => mark)?.iif;
}

/** The interface by which it left: of a bridge, its port. */
export function leftBy({ sightings }: Visit): number | undefined {
  const out = sightings.filter(({ oif }) => oif !== undefined);
  return (out.findLast(({ event }) => event.family === 'bridge') ?? out.at(-1))?.oif;
}

/** The last place of the trace's own that saw it. Rules may have seen it later. */
export function lastMark({ sightings }: Visit): Sighting | undefined {
  return sightings.findLast(({ mark }) => mark);
}

/** Whether the IP layer gave it to a socket of this namespace. */
export function isDelivered(visit: Visit): boolean {
  const last = lastMark(visit);
  return last?.mark?.hook === 'input' && last.event.family !== 'bridge';
}

/** Whether the IP layer, or a bridge, took it, and has not yet said where it goes. */
export function isBeforeRouting(visit: Visit): boolean {
  const last = lastMark(visit);
  return (
    last?.mark?.hook === 'prerouting' || (last?.mark?.hook === 'input' && last.event.family === 'bridge')
  );
}

function firstMark({ sightings }: Visit): { readonly hook: Hook } | undefined {
  return sightings.find(({ mark }) => mark)?.mark;
}

function visitsOf(sightings: readonly Sighting[]): Visit[] {
  const visits: { station: Station; sightings: Sighting[] }[] = [];
  for (const sighting of sightings) {
    const current = visits.findLast(({ station }) => station === sighting.station);
    if (current && !begins(sighting, current)) current.sightings.push(sighting);
    else visits.push({ station: sighting.station, sightings: [sighting] });
  }
  return visits;
}

/** A packet that a bridge got comes to the IP hooks of the same visit: at once where br_netfilter is on, else behind the bridge. */
function begins({ mark, event }: Sighting, current: Visit): boolean {
  if (mark?.place !== 'first') return false;
  if (mark.hook === 'output') return event.family !== 'bridge';
  if (mark.hook !== 'prerouting') return false;
  const before = lastMark(current);
  const isInBridge =
    before?.event.family === 'bridge' && ['prerouting', 'input'].includes(before.mark?.hook ?? '');
  return event.family === 'bridge' || !isInBridge;
}

/** What is sent again, as an answer may be that was lost, takes the same way again. */
function isFirstOfItsKind(visit: Visit, at: number, all: readonly Visit[]): boolean {
  const kind = (each: Visit) =>
    [each.station.inode, firstMark(each)?.hook, arrivedBy(each), each.sightings[0]?.packet.ttl].join(' ');
  return all.findIndex((each) => kind(each) === kind(visit)) === at;
}

function follows(before: Visit, visit: Visit): boolean {
  const [out, came] = [leftBy(before), arrivedBy(visit)];
  if (out === undefined || came === undefined) return false;
  const peer = before.station.peers.get(out) ?? { inode: before.station.inode, index: out };
  return peer.inode === visit.station.inode && peer.index === came;
}

function indexOfHighestTtl(visits: readonly Visit[]): number {
  const ttls = visits.map(({ sightings }) => sightings[0]?.packet.ttl ?? 0);
  return ttls.indexOf(Math.max(...ttls));
}
