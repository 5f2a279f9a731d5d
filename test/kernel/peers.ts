import type { KernelHost } from './host.ts';

/** What of `nslab map -o json` says who is wired to whom. */
export interface Wiring {
  readonly places: readonly {
    readonly inode: number;
    readonly label: string;
    readonly whose: readonly { readonly by: string; readonly name: string }[];
    readonly inside: readonly string[];
    readonly interfaces: readonly {
      readonly index: number;
      readonly name: string;
      readonly kind: string;
      readonly addresses: readonly string[];
      readonly master: string | null;
      readonly detail: string | null;
      readonly peer: End | 'unreachable' | null;
    }[];
    readonly nat: readonly string[];
  }[];
  readonly cables: readonly { readonly kind: string; readonly ends: readonly [End, End] }[];
  readonly unseen: readonly string[];
}

interface End {
  readonly inode: number;
  readonly index: number;
  readonly name: string;
}

/** What the kernel's own tools say: `INODE/INDEX` of each veth, and of its other end. */
export type Peers = ReadonlyMap<string, string>;

/**
 * Reads in each namespace what `ip -d -j link` says there. Which namespace a nsid means is asked of `ip netns list-id`,
 * which knows names alone: so each namespace is given one, for as long as this takes.
 */
export async function peersByKernel({ sh }: Pick<KernelHost, 'sh'>, pids: readonly number[]): Promise<Peers> {
  const named = await sh(`
    for pid in ${pids.join(' ')}; do ip netns attach witness-$pid $pid; done
    echo '['; for path in /run/netns/*; do
      echo "{\\"name\\": \\"\${path##*/}\\", \\"inode\\": $(stat -Lc %i "$path"), \\"links\\": "
      nsenter --net="$path" ip -d -j link
      echo ', "ids": '; nsenter --net="$path" ip -j netns list-id | grep . || echo '[]'
      echo '},'
    done; echo 'null]'
    for pid in ${pids.join(' ')}; do ip netns delete witness-$pid; done`);
  const all = (JSON.parse(named) as (Witnessed | null)[]).filter((each) => each !== null);
  const inodes = new Map(all.map(({ name, inode }) => [name, inode]));
  return new Map(
    all.flatMap(({ inode, links, ids }) =>
      links.flatMap((link) => {
        if (link.linkinfo?.info_kind !== 'veth') return [];
        const near = links.find(({ ifname }) => ifname === link.link);
        const far = ids.find(({ nsid }) => nsid === link.link_netnsid)?.name;
        const other = near ? `${inode}/${near.ifindex}` : `${inodes.get(far ?? '')}/${link.link_index}`;
        return [[`${inode}/${link.ifindex}`, other] as const];
      }),
    ),
  );
}

interface Witnessed {
  readonly name: string;
  readonly inode: number;
  readonly links: readonly {
    readonly ifindex: number;
    readonly ifname: string;
    readonly link?: string;
    readonly link_index?: number;
    readonly link_netnsid?: number;
    readonly linkinfo?: { readonly info_kind?: string };
  }[];
  readonly ids: readonly { readonly nsid: number; readonly name?: string }[];
}

/** In what a map differs from the kernel's own word, a line each. */
export function wrongPeers({ places, cables }: Wiring, truth: Peers): string[] {
  const ours = new Map(
    places.flatMap(({ inode, interfaces }) =>
      interfaces
        .filter(({ kind }) => kind === 'veth')
        .map(({ index, peer }) => [
          `${inode}/${index}`,
          peer !== null && peer !== 'unreachable' ? `${peer.inode}/${peer.index}` : String(peer),
        ]),
    ),
  );
  const drawn = cables.filter(({ kind }) => kind === 'veth');
  return [
    ...[...truth]
      .filter(([end, other]) => ours.get(end) !== other)
      .map(([end, other]) => `${end}: ${other}, not ${ours.get(end)}`),
    ...[...ours.keys()].filter((end) => !truth.has(end)).map((end) => `${end} is not there`),
    ...(drawn.length === truth.size / 2 ? [] : [`${drawn.length} cables for ${truth.size} ends`]),
  ];
}
