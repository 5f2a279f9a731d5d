import { askAddresses, askLinks, type LinkAnswer } from '../net/netlink-answers.ts';
import { describeNetns } from '../observe/describe-netns.ts';
import { closeNetnsSockets, type NetnsSockets, openNetnsSockets } from '../observe/netns-sockets.ts';
import { resolveNsids } from '../observe/nsids.ts';
import { closeAllNetns, type OpenNetns, openAllNetns, runInside } from '../observe/open-netns.ts';
import { findOwner, type KnownOwners } from '../observe/owner.ts';
import { scanProc } from '../observe/scan-proc.ts';
import type { End } from '../spec/wiring.ts';
import { AF_INET, IFLA_LINK, IFLA_LINK_NETNSID, IFLA_MASTER } from '../sys/constants.ts';
import { OperationError } from '../sys/errors.ts';
import type { Kernel } from '../sys/invoke.ts';
import type { NetlinkSocket } from '../sys/netlink/socket.ts';
import { readMaybe } from '../sys/procfs.ts';
import { type Counters, parseCounters } from './counters.ts';

/** A network namespace that the probe may pass. */
export interface Station {
  readonly inode: number;
  readonly label: string;
  readonly netns: OpenNetns;
  readonly sockets: NetnsSockets & { readonly netfilter: NetlinkSocket };
  /** By index. */
  readonly links: ReadonlyMap<number, string>;
  /** The bridge of each port, by index. */
  readonly masters: ReadonlyMap<number, number>;
  /** The other ends of its links, by index. */
  readonly peers: ReadonlyMap<number, Omit<End, 'name'>>;
  /** Its IPv4 addresses. */
  readonly addresses: ReadonlySet<string>;
  /** As they were before the probe. */
  readonly counters: Counters;
}

export interface Stations {
  readonly byInode: ReadonlyMap<number, Station>;
  readonly source: Station;
  /** What could not be seen, in sentences. */
  readonly unseen: readonly string[];
  close(): void;
}

/**
 * Opens the network namespaces that are wired, over any number of others, to the one with inode `source`, and this host's. Each is
 * entered once, to open sockets.
 */
export function openStations(kernel: Kernel, source: number, known: KnownOwners): Stations {
  const scan = scanProc(['net', 'mnt']);
  const ownerOf = findOwner(scan, known);
  const open = openAllNetns(scan);
  const byInode = new Map<number, Station>();
  const unseen = [...scan.unseen];
  const close = () => {
    for (const { sockets } of byInode.values()) closeNetnsSockets(sockets);
    closeAllNetns(open);
  };
  try {
    const home = [...open.values()].find((each) => each.home)?.scanned.inode ?? 0;
    const wanted = new Set([source, home]);
    // A set is iterated in the order of insertion, with what is added meanwhile.
    for (const inode of wanted) {
      const netns = open.get(inode);
      if (!netns) continue;
      try {
        const { label } = describeNetns(netns, known, ownerOf);
        const station = openStation(kernel, netns, label, open);
        byInode.set(inode, station);
        for (const peer of station.peers.values()) wanted.add(peer.inode);
      } catch (error) {
        if (inode === source) throw error;
        unseen.push(`net:[${inode}]: ${(error as Error).message}`);
      }
    }
    const start = byInode.get(source);
    if (!start) throw new OperationError(`the network namespace net:[${source}] cannot be opened`);
    return { byInode, source: start, unseen, close };
  } catch (error) {
    close();
    throw error;
  }
}

function openStation(
  kernel: Kernel,
  netns: OpenNetns,
  label: string,
  open: ReadonlyMap<number, OpenNetns>,
): Station {
  const sockets = openNetnsSockets(kernel, netns);
  try {
    const { route, netfilter, shell } = sockets;
    if (!netfilter) throw new OperationError('this kernel has no nf_tables: `nslab doctor` says');
    const purpose = 'its interfaces, and where their other ends are';
    const links = askLinks(route, `${shell}ip link show`, purpose);
    return {
      inode: netns.scanned.inode,
      label,
      netns,
      sockets: { ...sockets, netfilter },
      links: new Map(links.map(({ index, name }) => [index, name])),
      masters: new Map(
        links.flatMap(({ index, attributes }) => {
          const master = attributes.get(IFLA_MASTER)?.readUInt32LE(0);
          return master === undefined ? [] : [[index, master] as const];
        }),
      ),
      peers: peersOf(links, netns.scanned.inode, route, open),
      addresses: new Set(
        askAddresses(route, `${shell}ip address show`).flatMap(({ family, bytes }) =>
          family === AF_INET ? bytes.join('.') : [],
        ),
      ),
      counters: readCounters(kernel, netns),
    };
  } catch (error) {
    closeNetnsSockets(sockets);
    throw error;
  }
}

/** Equivalent to: `nstat -az` in that namespace. */
export function readCounters(kernel: Kernel, netns: OpenNetns): Counters {
  const read = runInside(kernel, netns, () => ({
    text: ['snmp', 'netstat'].map((file) => readMaybe(`/proc/thread-self/net/${file}`) ?? '').join('\n'),
  }));
  return parseCounters(read.text);
}

/** A setting of a namespace: of those below /proc/sys/net a thread sees the ones of its own. */
export function readSetting(kernel: Kernel, { netns }: Station, path: string): string | undefined {
  return runInside(kernel, netns, () => ({ text: readMaybe(`/proc/sys/net/${path}`)?.trim() })).text;
}

function peersOf(
  links: readonly LinkAnswer[],
  here: number,
  route: NetlinkSocket,
  open: ReadonlyMap<number, OpenNetns>,
): ReadonlyMap<number, Omit<End, 'name'>> {
  const ends = links.flatMap(({ index, attributes }) => {
    const other = attributes.get(IFLA_LINK)?.readUInt32LE(0);
    return other ? [{ index, other, nsid: attributes.get(IFLA_LINK_NETNSID)?.readInt32LE(0) }] : [];
  });
  const far = resolveNsids(route, new Set(ends.flatMap(({ nsid }) => nsid ?? [])), open);
  return new Map(
    ends.flatMap(({ index, other, nsid }) => {
      const inode = nsid === undefined ? here : far.get(nsid);
      return inode === undefined ? [] : [[index, { inode, index: other }] as const];
    }),
  );
}
