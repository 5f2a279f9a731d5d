import type { DriverName } from '../net/driver.ts';
import type { NetHost } from '../net/net-host.ts';
import type { Wiring } from '../spec/wiring.ts';
import { mapConcurrently } from '../sys/map-concurrently.ts';
import { countTables } from '../sys/netlink/tables.ts';
import { askInterfaces } from './ask-interfaces.ts';
import { connect, type ReadNetns } from './connect-links.ts';
import { describeNetns, inOrder } from './describe-netns.ts';
import { readInterfaces } from './interfaces.ts';
import { natInWords } from './nat.ts';
import { closeNetnsSockets, type NetnsSockets, openNetnsSockets } from './netns-sockets.ts';
import { resolveNsids } from './nsids.ts';
import { closeAllNetns, type OpenNetns, openAllNetns, runInside } from './open-netns.ts';
import { findOwner, type KnownOwners, owners } from './owner.ts';
import { scanProc } from './scan-proc.ts';

type Host = Pick<NetHost, 'kernel' | 'ip' | 'nft'> & {
  /** `ip`: reads everything with `ip` and `nft`. Default: netlink, and the tools only where netlink is not enough. */
  readonly driver?: DriverName | undefined;
};
type NetnsByInode = ReadonlyMap<number, OpenNetns>;
/** What was read inside one namespace. */
type NetnsContent = Pick<ReadNetns, 'interfaces' | 'nsids' | 'nat'>;

/** Tools that run at once: on few processors, more would only wait for each other. */
const CONCURRENCY = 4;

/**
 * Reads how network namespaces are wired: all of this machine's, or this host, our pods, and what is connected to them.
 * Changes nothing. This thread enters each namespace only to open sockets or to start a tool. Call `prepareWindow` first.
 */
export async function readWiring(host: Host, known: KnownOwners, all: boolean): Promise<Wiring> {
  // `mnt` because each mount namespace is read once for the network namespaces that are mounted in it.
  const scan = scanProc(['net', 'mnt']);
  const ownerOf = findOwner(scan, known);
  const unseen = new Set(scan.unseen);
  const open = openAllNetns(scan);
  try {
    const wanted = [...open.values()].filter(
      ({ scanned, home }) => all || home || owners(scanned, ownerOf).some(({ by }) => by === 'pod'),
    );
    const content = await readAll(host, open, wanted, unseen);
    await readAll(host, open, neighbours(content, open), unseen, content);
    const read = [...content].map(([inode, facts]) => ({
      ...describeNetns(open.get(inode) as OpenNetns, known, ownerOf),
      ...facts,
    }));
    return { ...connect(read.sort(inOrder)), unseen: [...unseen] };
  } finally {
    closeAllNetns(open);
  }
}

async function readAll(
  host: Host,
  open: NetnsByInode,
  wanted: readonly OpenNetns[],
  unseen: Set<string>,
  content = new Map<number, NetnsContent>(),
): Promise<Map<number, NetnsContent>> {
  const read = await mapConcurrently(CONCURRENCY, wanted, (netns) => readNetns(host, open, netns, unseen));
  wanted.forEach(({ scanned }, at) => {
    const one = read[at];
    if (one) content.set(scanned.inode, one);
  });
  return content;
}

async function readNetns(
  host: Host,
  open: NetnsByInode,
  netns: OpenNetns,
  unseen: Set<string>,
): Promise<NetnsContent | undefined> {
  const { kernel, ip, driver } = host;
  try {
    const sockets = openNetnsSockets(kernel, netns);
    try {
      const interfaces =
        (driver === 'ip' ? undefined : askInterfaces(sockets)) ??
        (await runInside(kernel, netns, () => ({ answer: readInterfaces(ip) })).answer);
      const wanted = new Set(interfaces.flatMap(({ nsid }) => (nsid === undefined ? [] : [nsid])));
      const nsids = resolveNsids(sockets.route, wanted, open);
      return { interfaces, nsids, nat: await readNat(host, netns, sockets, unseen) };
    } finally {
      closeNetnsSockets(sockets);
    }
  } catch (error) {
    // An error in our own namespace is an error of the whole map.
    if (netns.home) throw error;
    unseen.add(`net:[${netns.scanned.inode}]: ${(error as Error).message}`);
    return undefined;
  }
}

async function readNat(
  { kernel, nft, driver }: Host,
  netns: OpenNetns,
  sockets: NetnsSockets,
  unseen: Set<string>,
): Promise<string[]> {
  const legacy = sockets.legacy.includes('nat')
    ? ['rules of iptables-legacy, which nft cannot list: `iptables-legacy -t nat -S` does']
    : [];
  if (driver !== 'ip' && !mayHaveTables(sockets)) return legacy;
  try {
    const { answer } = runInside(kernel, netns, () => ({
      answer: nft.list('the rules that translate addresses', 'ruleset'),
    }));
    return [...natInWords(await answer), ...legacy];
  } catch (error) {
    unseen.add(`address translation of net:[${netns.scanned.inode}]: ${(error as Error).message}`);
    return [];
  }
}

/** Most namespaces have no table: nft need not run. When the kernel does not answer, nft runs and reports why. */
function mayHaveTables({ netfilter, shell }: NetnsSockets): boolean {
  try {
    return netfilter === undefined || countTables(netfilter, `${shell}nft list tables`) > 0;
  } catch {
    return true;
  }
}

/** The namespaces that links lead to from those that were read, and that were not read themselves. */
function neighbours(content: ReadonlyMap<number, NetnsContent>, open: NetnsByInode): OpenNetns[] {
  const far = new Set([...content.values()].flatMap(({ nsids }) => [...nsids.values()]));
  return [...open.values()].filter(({ scanned: { inode } }) => far.has(inode) && !content.has(inode));
}
