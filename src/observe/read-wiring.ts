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
import { findOwner, type Known, owners } from './owner.ts';
import { survey } from './scan-proc.ts';

type Host = Pick<NetHost, 'kernel' | 'ip' | 'nft'> & {
  /** `ip` where all is to be asked of iproute2 and nft; else only what netlink is not enough for. */
  readonly driver?: DriverName | undefined;
};
type NetnsByInode = ReadonlyMap<number, OpenNetns>;
/** What the tools said in one namespace. */
type Told = Pick<ReadNetns, 'interfaces' | 'nsids' | 'nat'>;

/** So many tools at once: on a machine of few processors more would only wait for each other. */
const FEW = 4;

/**
 * Reads how network namespaces are wired: all of the machine, or this host, our pods, and what is wired to these.
 * It asks and changes nothing; this thread is in each for as long as a socket takes to open, or a tool to start. `prepareWindow` first.
 */
export async function readWiring(host: Host, known: Known, all: boolean): Promise<Wiring> {
  // Of mount namespaces each is looked into once, for the network namespaces that are mounted there.
  const seen = survey(['net', 'mnt']);
  const whose = findOwner(seen, known);
  const lost = new Set(seen.unseen);
  const rooms = openAllNetns(seen);
  try {
    const ours = [...rooms.values()].filter(
      ({ seen, home }) => all || home || owners(seen, whose).some(({ by }) => by === 'pod'),
    );
    const told = await readAll(host, rooms, ours, lost);
    await readAll(host, rooms, neighbours(told, rooms), lost, told);
    const places = [...told].map(([inode, facts]) => ({
      ...describeNetns(rooms.get(inode) as OpenNetns, known, whose),
      ...facts,
    }));
    return { ...connect(places.sort(inOrder)), unseen: [...lost] };
  } finally {
    closeAllNetns(rooms);
  }
}

async function readAll(
  host: Host,
  rooms: NetnsByInode,
  wanted: readonly OpenNetns[],
  lost: Set<string>,
  told = new Map<number, Told>(),
): Promise<Map<number, Told>> {
  const answers = await mapConcurrently(FEW, wanted, (room) => readNetns(host, rooms, room, lost));
  wanted.forEach(({ seen }, at) => {
    const answer = answers[at];
    if (answer) told.set(seen.inode, answer);
  });
  return told;
}

async function readNetns(
  host: Host,
  rooms: NetnsByInode,
  room: OpenNetns,
  lost: Set<string>,
): Promise<Told | undefined> {
  const { kernel, ip, driver } = host;
  try {
    const ways = openNetnsSockets(kernel, room);
    try {
      const interfaces =
        (driver === 'ip' ? undefined : askInterfaces(ways)) ??
        (await runInside(kernel, room, () => ({ answer: readInterfaces(ip) })).answer);
      const wanted = new Set(interfaces.flatMap(({ nsid }) => (nsid === undefined ? [] : [nsid])));
      const nsids = resolveNsids(ways.route, wanted, rooms);
      return { interfaces, nsids, nat: await readNat(host, room, ways, lost) };
    } finally {
      closeNetnsSockets(ways);
    }
  } catch (error) {
    // Where not even our own can be read, there is no picture of anything.
    if (room.home) throw error;
    lost.add(`net:[${room.seen.inode}]: ${(error as Error).message}`);
    return undefined;
  }
}

async function readNat(
  { kernel, nft, driver }: Host,
  room: OpenNetns,
  ways: NetnsSockets,
  lost: Set<string>,
): Promise<string[]> {
  const more = ways.legacy.includes('nat')
    ? ['what `iptables-legacy -t nat -S` says, which nft does not see']
    : [];
  if (driver !== 'ip' && !mayHaveTables(ways)) return more;
  try {
    const { answer } = runInside(kernel, room, () => ({ answer: nft.list('ruleset') }));
    return [...natInWords(await answer), ...more];
  } catch (error) {
    lost.add(`address translation of net:[${room.seen.inode}]: ${(error as Error).message}`);
    return [];
  }
}

/** Most namespaces have no table, and then nft has nothing to tell. Where the kernel does not say so, nft says why. */
function mayHaveTables({ netfilter, shell }: NetnsSockets): boolean {
  try {
    return netfilter === undefined || countTables(netfilter, `${shell}nft list tables`) > 0;
  } catch {
    return true;
  }
}

/** What is wired to the places that were read, and was not read itself. */
function neighbours(told: ReadonlyMap<number, Told>, rooms: NetnsByInode): OpenNetns[] {
  const far = new Set([...told.values()].flatMap(({ nsids }) => [...nsids.values()]));
  return [...rooms.values()].filter(({ seen: { inode } }) => far.has(inode) && !told.has(inode));
}
