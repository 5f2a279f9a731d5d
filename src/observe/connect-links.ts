import type { End, Interface, MapLink, MapNetns, Wiring } from '../spec/wiring.ts';
import type { RawInterface } from './interfaces.ts';

/** A network namespace as it was read: its links name their other ends only by nsid and index. */
export interface ReadNetns extends Omit<MapNetns, 'interfaces'> {
  readonly interfaces: readonly RawInterface[];
  /** nsid → inode. */
  readonly nsids: ReadonlyMap<number, number>;
}

/** Finds the other end of each link by namespace and index: a name is unique only within its namespace. */
export function connect(read: readonly ReadNetns[]): Pick<Wiring, 'places' | 'cables'> {
  const byInode = new Map(read.map((netns) => [netns.inode, netns]));
  const places = read.map(({ nsids, ...netns }) => ({
    ...netns,
    interfaces: netns.interfaces.map((raw): Interface => {
      const { link, linkIndex, nsid, ...facts } = raw;
      const far = nsid === undefined ? undefined : nsids.get(nsid);
      if (nsid === undefined || !isMovedTunnel(raw)) return { ...facts, peer: peerOf(raw, netns.inode, far) };
      const where =
        far === undefined ? 'a namespace out of sight' : (byInode.get(far)?.label ?? `net:[${far}]`);
      return { ...facts, detail: [raw.detail, `through ${where}`].filter(Boolean).join(' '), peer: null };
    }),
  }));
  const shown = new Set(byInode.keys());
  return { places, cables: places.flatMap((netns) => linksOf(netns, shown)) };

  function peerOf(
    { kind, link, linkIndex, nsid }: RawInterface,
    here: number,
    far: number | undefined,
  ): Interface['peer'] {
    if (nsid === undefined) {
      const near =
        kind === 'veth' ? byInode.get(here)?.interfaces.find(({ name }) => name === link) : undefined;
      return near ? { inode: here, index: near.index, name: near.name } : null;
    }
    if (linkIndex === undefined) return null;
    if (far === undefined) return 'unreachable';
    const found = byInode.get(far)?.interfaces.find(({ index }) => index === linkIndex);
    return { inode: far, index: linkIndex, name: found?.name ?? `#${linkIndex}` };
  }
}

/**
 * A tunnel that was moved to another namespace still sends its packets through its first one: the nsid names that. When
 * the tunnel has no lower link there, the kernel reports the tunnel's own index as the link's.
 */
function isMovedTunnel({ kind, index, linkIndex }: RawInterface): boolean {
  return !HAS_LOWER_LINK.has(kind) && (linkIndex === undefined || linkIndex === index);
}

const HAS_LOWER_LINK = new Set(['veth', 'macvlan', 'macvtap', 'ipvlan', 'ipvtap', 'vlan', 'macsec', 'ipoib']);

/** Each link once: a veth pair from its end with the lower inode and index, any other link from its upper end. */
function linksOf({ inode, interfaces }: MapNetns, shown: ReadonlySet<number>): MapLink[] {
  return interfaces.flatMap(({ kind, index, name, peer }) => {
    if (peer === null || peer === 'unreachable' || !shown.has(peer.inode)) return [];
    const here: End = { inode, index, name };
    const isSecondEnd =
      kind === 'veth' && (peer.inode < inode || (peer.inode === inode && peer.index < index));
    return isSecondEnd ? [] : [{ kind, ends: [here, peer] as const }];
  });
}
