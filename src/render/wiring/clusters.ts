import type { MapNetns, Wiring } from '../../spec/wiring.ts';

/** Places that hang together, in columns: one in the middle, and on both sides what is wired to it, step by step. */
export interface Cluster {
  /** By distance from the middle: -1, -2 … to the left, 1, 2 … to the right. */
  readonly columns: ReadonlyMap<number, readonly MapNetns[]>;
}

/**
 * Divides a wiring into clusters, the one with this host first. No cable crosses a column: what is wired to each other
 * beside the middle stays on one side, in the same column or in neighbouring ones.
 */
export function clusters({ places, cables }: Wiring): Cluster[] {
  const byInode = new Map(places.map((place) => [place.inode, place]));
  const wired = new Map<number, Set<number>>(places.map(({ inode }) => [inode, new Set()]));
  for (const { ends } of cables) {
    const [a, b] = [ends[0].inode, ends[1].inode];
    if (a === b || !byInode.has(a) || !byInode.has(b)) continue;
    wired.get(a)?.add(b);
    wired.get(b)?.add(a);
  }
  const neighbours = new Map(
    [...byInode].map(([inode, place]) => [inode, inOrder(place, wired.get(inode) ?? new Set())]),
  );
  const near = (inode: number) => neighbours.get(inode) ?? [];
  const found: Cluster[] = [];
  const done = new Set<number>();
  for (const start of places) {
    if (done.has(start.inode)) continue;
    const members = reach(start.inode, near, new Set());
    for (const member of members) done.add(member);
    found.push(columnsOf(middleOf(start, members), near));
  }
  return found;

  /** This host, where it is one of them; else the one that most are wired to. */
  function middleOf(start: MapNetns, members: readonly number[]): number {
    if (start.whose[0]?.by === 'host') return start.inode;
    const degree = (inode: number) => wired.get(inode)?.size ?? 0;
    return members.reduce((best, each) => (degree(each) > degree(best) ? each : best), start.inode);
  }

  function columnsOf(middle: number, near: (inode: number) => readonly number[]): Cluster {
    const columns = new Map<number, MapNetns[]>([[0, [byInode.get(middle) as MapNetns]]]);
    const seen = new Set([middle]);
    const groups: number[][] = [];
    for (const first of near(middle)) {
      if (seen.has(first)) continue;
      groups.push(reach(first, near, seen));
    }
    const weight = (group: readonly number[]) =>
      group.reduce((sum, inode) => sum + 3 + (byInode.get(inode)?.interfaces.length ?? 0), 0);
    const total = groups.reduce((sum, group) => sum + weight(group), 0);
    const twoSides = groups.length > 4;
    let right = 0;
    for (const group of groups) {
      const side = twoSides && right >= total / 2 ? -1 : 1;
      if (side > 0) right += weight(group);
      const distances = distancesIn(new Set(group), near(middle), near);
      for (const [inode, distance] of distances)
        columns.set(side * distance, [
          ...(columns.get(side * distance) ?? []),
          byInode.get(inode) as MapNetns,
        ]);
    }
    return { columns };
  }
}

/** Neighbours stand in the order of the interfaces that lead to them. */
function inOrder({ interfaces }: MapNetns, wired: ReadonlySet<number>): number[] {
  const first = new Map<number, number>();
  for (const [at, { peer }] of interfaces.entries())
    if (peer !== null && peer !== 'unreachable' && !first.has(peer.inode)) first.set(peer.inode, at);
  const order = (inode: number) => first.get(inode) ?? Number.MAX_SAFE_INTEGER;
  return [...wired].sort((a, b) => order(a) - order(b));
}

/** Everything that hangs on `start` and was not seen, nearest first. */
function reach(start: number, near: (inode: number) => readonly number[], seen: Set<number>): number[] {
  seen.add(start);
  const queue = [start];
  for (const inode of queue)
    for (const next of near(inode))
      if (!seen.has(next)) {
        seen.add(next);
        queue.push(next);
      }
  return queue;
}

/** How far each of a group is from the middle, whose neighbours are at distance 1. */
function distancesIn(
  group: ReadonlySet<number>,
  first: readonly number[],
  near: (inode: number) => readonly number[],
): Map<number, number> {
  const queue = first.filter((inode) => group.has(inode));
  const distances = new Map(queue.map((inode) => [inode, 1]));
  for (const inode of queue)
    for (const next of near(inode))
      if (group.has(next) && !distances.has(next)) {
        distances.set(next, (distances.get(inode) ?? 0) + 1);
        queue.push(next);
      }
  return distances;
}
