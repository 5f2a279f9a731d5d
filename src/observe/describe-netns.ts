import type { MapNetns, Owner } from '../spec/wiring.ts';
import { commandOf } from './command.ts';
import type { OpenNetns } from './open-netns.ts';
import { HOST, type KnownOwners, ownerName, owners } from './owner.ts';
import { referenceName } from './reference.ts';

/** The owners of a network namespace, and what runs in it. */
export function describeNetns(
  { scanned, home }: OpenNetns,
  known: KnownOwners,
  ownerOf: (pid: number) => Owner | undefined,
): Pick<MapNetns, 'inode' | 'label' | 'whose' | 'inside'> {
  const { inode, references } = scanned;
  const all = home ? [HOST] : owners(scanned, ownerOf);
  return {
    inode,
    label: all.map(ownerName).join(', ') || `net:[${inode}]`,
    whose: all,
    inside: home ? [] : contentOf(references, known),
  };
}

/** For a pod, its pause process and workloads by name; else the first command; without a process, the first reference. */
function contentOf(references: OpenNetns['scanned']['references'], known: KnownOwners): string[] {
  const pids = references.flatMap((reference) => (reference.by === 'process' ? [reference.pid] : []));
  const members = pids.flatMap((pid) => {
    const owner = known.get(pid);
    return owner ? [owner.member ?? 'pause'] : [];
  });
  if (members.length > 0) return [...new Set(members)];
  const [first, ...more] = pids;
  if (first !== undefined) return [commandOf(first), ...(more.length > 0 ? [`${more.length} more`] : [])];
  return references.slice(0, 1).map((reference) => `only ${referenceName(reference)}`);
}

/** This host first, then our pods, then other owners, then namespaces without one; each group by label. */
export function inOrder(a: Named, b: Named): number {
  return rank(a) - rank(b) || COLLATOR.compare(a.label, b.label) || a.inode - b.inode;
}

type Named = Pick<MapNetns, 'whose' | 'label' | 'inode'>;

const COLLATOR = new Intl.Collator('en', { numeric: true });

function rank({ whose }: Named): number {
  const by = whose[0]?.by;
  return by === 'host' ? 0 : by === 'pod' ? 1 : by !== undefined ? 2 : 3;
}
