import type { ObservedEvent } from '../spec/observed-event.ts';
import * as c from '../sys/constants.ts';
import type { Kernel } from '../sys/invoke.ts';
import * as g from '../sys/netlink/groups.ts';
import { readAnswers, readAttributes } from '../sys/netlink/reader.ts';
import { NetlinkSocket } from '../sys/netlink/socket.ts';
import type { CapturedPacket } from '../sys/pcapng.ts';
import { type Relay, startRelay } from '../sys/relay.ts';
import type { Spawn } from '../sys/spawn.ts';
import { eventOf, type GroupMessage, HOME, type Names } from './facts.ts';
import { Links } from './links.ts';
import { Namespaces, type NetnsSources } from './namespaces.ts';
import { conntrackEvent, Transactions } from './netfilter.ts';
import { Routes } from './routes.ts';

/** What the kernel tells of this host's network namespace and of those that are wired to it. */
export interface KernelEvents {
  readonly relay: Relay;
  /** Events in batches; `lost`: more came than there was room for. */
  batches(): AsyncGenerator<{ readonly events: readonly ObservedEvent[]; readonly lost: boolean }>;
  close(): void;
}

/** Names and numbers of the groups to join. */
export interface KernelGroups {
  readonly route: Readonly<Record<string, number>>;
  readonly netfilter: Readonly<Record<string, number>>;
}

const ALL_GROUPS: KernelGroups = { route: g.ROUTE_GROUPS, netfilter: g.NETFILTER_GROUPS };

/** Listens from now on. Call `prepareWindow` first. */
export function listenToKernel(
  { kernel, spawn }: { kernel: Kernel; spawn: Spawn },
  sources: NetnsSources,
  names: Names,
  wanted = ALL_GROUPS,
): KernelEvents {
  const groups = subscribe(kernel, wanted);
  const asking = NetlinkSocket.open(kernel);
  const labelOf = (nsid: number): string => namespaces.labelOf(nsid);
  const links = new Links(labelOf);
  const namespaces = new Namespaces(kernel, asking, sources, (nsid, all) => {
    for (const link of all) links.noteName(nsid, link);
  });
  for (const [nsid, all] of namespaces.readAll()) for (const link of all) links.note(nsid, link);
  const relay = startRelay(spawn, {
    words: ['messages', ...groups.map(([name]) => name)],
    sources: groups.map(([, socket]) => socket.fd),
    output: undefined,
    purpose: 'reads what the kernel tells: it is nobody, enters no namespace, and ends with nslab',
  });
  for (const [, socket] of groups) socket.close();
  const interpret = interpreter({ namespaces, links, names });
  return {
    relay,
    close: () => asking.close(),
    async *batches() {
      for await (const packets of relay.packets())
        yield {
          events: packets.flatMap((packet) => messagesIn(packet, labelOf).flatMap(interpret)),
          lost: packets.some(({ bytes }) => bytes.length <= NSID),
        };
    },
  };
}

/** Two sockets to the kernel. Without nftables in it, one. */
function subscribe(kernel: Kernel, wanted: KernelGroups): [name: string, socket: NetlinkSocket][] {
  const route = NetlinkSocket.open(kernel);
  const groups: [string, NetlinkSocket][] = [[ROUTE, route]];
  join(route, wanted.route);
  try {
    const netfilter = NetlinkSocket.open(kernel, 'NETLINK_NETFILTER');
    join(netfilter, wanted.netfilter);
    groups.push(['netfilter', netfilter]);
  } catch {
    // No nf_tables: `nslab doctor` says so.
  }
  return groups;
}

function join(socket: NetlinkSocket, groups: Readonly<Record<string, number>>): void {
  socket.listenToAll();
  for (const [name, number] of Object.entries(groups))
    socket.subscribe(number, name, 'what changes from now on comes to this socket');
}

const ROUTE = 'route';

/** As relay writes it: the nsid, then what recvmsg(2) gave. */
const NSID = 4;

interface Received extends GroupMessage {
  readonly isRoute: boolean;
}

function messagesIn({ bytes, time, link }: CapturedPacket, labelOf: (nsid: number) => string): Received[] {
  if (bytes.length <= NSID) return [];
  const nsid = bytes.readInt32LE(0);
  const where = labelOf(nsid);
  return readAnswers(bytes.subarray(NSID)).map((answer) => ({
    ...answer,
    ...{ time, nsid, where, isRoute: link.name === ROUTE },
  }));
}

function interpreter({
  namespaces,
  links,
  names,
}: {
  readonly namespaces: Namespaces;
  readonly links: Links;
  readonly names: Names;
}): (message: Received) => ObservedEvent[] {
  const routes = new Routes(links, names);
  const transactions = new Transactions();
  const forget = (nsid: number) => {
    for (const each of [namespaces, links, routes]) each.forget(nsid);
  };
  return (message) => {
    const { type, isRoute } = message;
    if (!isRoute && type >> 8 === c.NFNL_SUBSYS_NFTABLES) return transactions.events(message);
    const event = !isRoute
      ? conntrackEvent(message, names.nameOf)
      : type === c.RTM_NEWLINK || type === c.RTM_DELLINK
        ? links.event(message)
        : type === g.RTM_NEWNSID || type === g.RTM_DELNSID
          ? namespaceEvent(message, namespaces, forget)
          : routes.event(message);
    return event ? [event] : [];
  };
}

/** A namespace is known to this host's by a number as soon as a link leads to it, until it ends. */
function namespaceEvent(
  message: Received,
  namespaces: Namespaces,
  forget: (nsid: number) => void,
): ObservedEvent | undefined {
  // struct rtgenmsg
  const nsid = readAttributes(message.body, 4).get(c.NETNSA_NSID)?.readInt32LE(0);
  if (nsid === undefined || nsid < 0 || message.nsid !== HOME) return undefined;
  const label = namespaces.labelOf(nsid);
  if (message.type === g.RTM_NEWNSID)
    return eventOf(message, 'namespace', 'added', label, `wired, nsid ${nsid}`);
  forget(nsid);
  return eventOf(message, 'namespace', 'removed', label, `gone, nsid ${nsid}`);
}
