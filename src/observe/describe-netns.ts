import type { MapNetns, Owner } from '../spec/wiring.ts';
import { commandOf } from './command.ts';
import type { OpenNetns } from './open-netns.ts';
import { HOST, type Known, ownerName, owners } from './owner.ts';
import { referenceName } from './reference.ts';

/** Owner a network namespace is, and what lives in it. */
export function describeNetns(
  { seen, home }: OpenNetns,
  known: Known,
  whose: (pid: number) => Owner | undefined,
): Pick<MapNetns, 'inode' | 'label' | 'whose' | 'inside'> {
  const { inode, holds } = seen;
  const all = home ? [HOST] : owners(seen, whose);
  return {
    inode,
    label: all.map(ownerName).join(', ') || `net:[${inode}]`,
    whose: all,
    inside: home ? [] : inhabitants(holds, known),
  };
}

/** Of a pod its parts by name; of others the first command; where nobody is, what holds it. */
function inhabitants(holds: OpenNetns['seen']['holds'], known: Known): string[] {
  const pids = holds.flatMap((hold) => (hold.by === 'process' ? [hold.pid] : []));
  const parts = pids.flatMap((pid) => {
    const whose = known.get(pid);
    return whose ? [whose.member ?? 'pause'] : [];
  });
  if (parts.length > 0) return [...new Set(parts)];
  const [first, ...more] = pids;
  if (first !== undefined) return [commandOf(first), ...(more.length > 0 ? [`${more.length} more`] : [])];
  return holds.slice(0, 1).map((hold) => `only ${referenceName(hold)}`);
}

/** This host first, then our pods, then what has a name, each by its name. */
export function inOrder(a: Named, b: Named): number {
  return rank(a) - rank(b) || COLLATOR.compare(a.label, b.label) || a.inode - b.inode;
}

type Named = Pick<MapNetns, 'whose' | 'label' | 'inode'>;

const COLLATOR = new Intl.Collator('en', { numeric: true });

function rank({ whose }: Named): number {
  const by = whose[0]?.by;
  return by === 'host' ? 0 : by === 'pod' ? 1 : by !== undefined ? 2 : 3;
}
