import type { MapNetns, Wiring } from '../../spec/wiring.ts';

/** Connected network namespaces in columns: one in the middle, its neighbours on both sides, by distance. */
export interface Cluster {
  /** Keys are distances from the middle: -1, -2 … to the left, 1, 2 … to the right. */
  readonly columns: ReadonlyMap<number, readonly MapNetns[]>;
}

/**
 * Divides a wiring into clusters, the host's first. No link crosses a column: namespaces that are linked to each other stay
 * on one side of the middle, in the same or in adjacent columns.
 */
export function clusters({ places: namespaces, cables: links }: Wiring): Cluster[] {
  const byInode = new Map(namespaces.map((netns) => [netns.inode, netns]));
  const linked = new Map<number, Set<number>>(namespaces.map(({ inode }) => [inode, new Set()]));
  for (const { ends } of links) {
    const [a, b] = [ends[0].inode, ends[1].inode];
    if (a === b || !byInode.has(a) || !byInode.has(b)) continue;
    linked.get(a)?.add(b);
    linked.get(b)?.add(a);
  }
  const neighbours = new Map(
    [...byInode].map(([inode, netns]) => [inode, inOrder(netns, linked.get(inode) ?? new Set())]),
  );
  const near = (inode: number) => neighbours.get(inode) ?? [];
  const found: Cluster[] = [];
  const done = new Set<number>();
  for (const start of namespaces) {
    if (done.has(start.inode)) continue;
    const members = reach(start.inode, near, new Set());
    for (const member of members) done.add(member);
    found.push(columnsOf(middleOf(start, members), near));
  }
  return found;

  /** The host's namespace, or else the one with the most neighbours. */
  function middleOf(start: MapNetns, members: readonly number[]): number {
    if (start.whose[0]?.by === 'host') return start.inode;
    const degree = (inode: number) => linked.get(inode)?.size ?? 0;
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

/** Sorts neighbours by the interfaces that lead to them. */
function inOrder({ interfaces }: MapNetns, linked: ReadonlySet<number>): number[] {
  const first = new Map<number, number>();
  for (const [at, { peer }] of interfaces.entries())
    if (peer !== null && peer !== 'unreachable' && !first.has(peer.inode)) first.set(peer.inode, at);
  const order = (inode: number) => first.get(inode) ?? Number.MAX_SAFE_INTEGER;
  return [...linked].sort((a, b) => order(a) - order(b));
}

/** Breadth-first search from `start`, without the seen ones. */
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

/** The distance of each member from the middle; `first` are the neighbours of the middle, at distance 1. */
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
