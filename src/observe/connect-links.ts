import type { End, Interface, MapLink, MapNetns, Wiring } from '../spec/wiring.ts';
import type { RawInterface } from './interfaces.ts';

/** A place as it was read: its links say only by numbers where their other ends are. */
export interface ReadNetns extends Omit<MapNetns, 'interfaces'> {
  readonly interfaces: readonly RawInterface[];
  /** Which namespace each of these numbers means here. */
  readonly nsids: ReadonlyMap<number, number>;
}

/** Finds the other end of each link, by namespace and index: names prove nothing from one namespace to another. */
export function connect(read: readonly ReadNetns[]): Pick<Wiring, 'places' | 'cables'> {
  const byInode = new Map(read.map((place) => [place.inode, place]));
  const places = read.map(({ nsids, ...place }) => ({
    ...place,
    interfaces: place.interfaces.map((raw): Interface => {
      const { link, linkIndex, nsid, ...facts } = raw;
      const far = nsid === undefined ? undefined : nsids.get(nsid);
      if (nsid === undefined || !movedTunnel(raw)) return { ...facts, peer: peerOf(raw, place.inode, far) };
      const where =
        far === undefined ? 'a namespace out of sight' : (byInode.get(far)?.label ?? `net:[${far}]`);
      return { ...facts, detail: [raw.detail, `through ${where}`].filter(Boolean).join(' '), peer: null };
    }),
  }));
  const shown = new Set(byInode.keys());
  return { places, cables: places.flatMap((place) => cablesOf(place, shown)) };

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
 * A tunnel that was moved to another namespace says in which its packets travel. When it lies on no link there, the kernel
 * writes its own index in that one's place.
 */
function movedTunnel({ kind, index, linkIndex }: RawInterface): boolean {
  return !LIES_ON_A_LINK.has(kind) && (linkIndex === undefined || linkIndex === index);
}

const LIES_ON_A_LINK = new Set(['veth', 'macvlan', 'macvtap', 'ipvlan', 'ipvtap', 'vlan', 'macsec', 'ipoib']);

/** Each cable once: a veth pair from the end that comes first, anything else from what lies on the other. */
function cablesOf({ inode, interfaces }: MapNetns, shown: ReadonlySet<number>): MapLink[] {
  return interfaces.flatMap(({ kind, index, name, peer }) => {
    if (peer === null || peer === 'unreachable' || !shown.has(peer.inode)) return [];
    const here: End = { inode, index, name };
    const twice = kind === 'veth' && (peer.inode < inode || (peer.inode === inode && peer.index < index));
    return twice ? [] : [{ kind, ends: [here, peer] as const }];
  });
}
