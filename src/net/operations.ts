import { OperationError } from '../sys/errors.ts';

/**
 * Everything that nslab asks of the kernel's network configuration, in one table. A row is data: the words that
 * ip(8) takes are here, the message that rtnetlink(7) takes is in messages.ts. Everything above speaks in operations.
 */

export interface Rows {
  /** Equivalent to: `ip link add name NAME … type bridge`. A fixed MAC: else it takes the lowest port's, and flaps. */
  addBridge: { name: string; mac: string; mtu: number };
  /**
   * Equivalent to: `ip link add name NAME … type veth peer name PEER … netns PID`. The peer is born in its namespace,
   * because moving a device costs an rcu_barrier, 20 ms. One queue each: two grace periods less.
   */
  addVeth: { name: string; peer: string; peerMac: string; peerNetnsOf: number; mtu: number };
  /** Equivalent to: `ip link set dev NAME alias ALIAS`. The owner's mark: without it we never delete a link. */
  setAlias: { name: string; alias: string };
  /** Equivalent to: `ip link set dev NAME addrgenmode none`: no link-local IPv6, 2.8 times faster at 900 ports. */
  setNoAutoAddress: { name: string };
  /** Equivalent to: `ip link set dev NAME master BRIDGE`. */
  setMaster: { name: string; master: string };
  /** Equivalent to: `ip link set dev NAME type bridge_slave hairpin on`: a frame may leave by the port it came from. */
  setHairpin: { name: string };
  /** Equivalent to: `ip link set dev NAME up`. */
  setUp: { name: string };
  /** Equivalent to: `ip address add CIDR dev NAME`. */
  addAddress: { name: string; cidr: string };
  /** Equivalent to: `ip route add DESTINATION dev NAME`: straight to a neighbour on that link. */
  addLinkRoute: { destination: string; name: string };
  /** Equivalent to: `ip route add default via GATEWAY dev NAME`. */
  addDefaultRoute: { gateway: string; name: string };
  /** Equivalent to: `ip link delete dev NAME`. */
  deleteLink: { name: string };
  /** Equivalent to: `ip link set dev NAME group GROUP`: a number by which many links can be deleted at once. */
  setGroup: { name: string; group: number };
  /** Equivalent to: `ip link delete group GROUP`: all of them for one rcu_barrier, where each alone waits 20 ms for its own. */
  deleteGroup: { group: number };
}

type Table = { readonly [Name in keyof Rows]: (row: Rows[Name]) => readonly (string | number)[] };

/** One operation: its name in the table and its facts. */
export type Operation = { [Name in keyof Rows]: { readonly do: Name } & Readonly<Rows[Name]> }[keyof Rows];

const QUEUES = ['numtxqueues', 1, 'numrxqueues', 1];

const words: Table = {
  addBridge: ({ name, mac, mtu }) => [
    'link',
    'add',
    'name',
    name,
    'address',
    mac,
    'mtu',
    mtu,
    'type',
    'bridge',
  ],
  addVeth: ({ name, peer, peerMac, peerNetnsOf, mtu }) => [
    ...['link', 'add', 'name', name, 'mtu', mtu, ...QUEUES, 'type', 'veth'],
    ...['peer', 'name', peer, 'address', peerMac, 'mtu', mtu, ...QUEUES, 'netns', peerNetnsOf],
  ],
  setAlias: ({ name, alias }) => ['link', 'set', 'dev', name, 'alias', alias],
  setNoAutoAddress: ({ name }) => ['link', 'set', 'dev', name, 'addrgenmode', 'none'],
  setMaster: ({ name, master }) => ['link', 'set', 'dev', name, 'master', master],
  setHairpin: ({ name }) => ['link', 'set', 'dev', name, 'type', 'bridge_slave', 'hairpin', 'on'],
  setUp: ({ name }) => ['link', 'set', 'dev', name, 'up'],
  addAddress: ({ name, cidr }) => ['address', 'add', cidr, 'dev', name],
  addLinkRoute: ({ destination, name }) => ['route', 'add', destination, 'dev', name],
  addDefaultRoute: ({ gateway, name }) => ['route', 'add', 'default', 'via', gateway, 'dev', name],
  deleteLink: ({ name }) => ['link', 'delete', 'dev', name],
  setGroup: ({ name, group }) => ['link', 'set', 'dev', name, 'group', group],
  deleteGroup: ({ group }) => ['link', 'delete', 'group', group],
};

/** The words of ip(8) for one operation, as a line of `ip -batch`. */
export function ipWords(operation: Operation): string {
  const row = words[operation.do] as (operation: Operation) => readonly (string | number)[];
  return row(operation).join(' ');
}

/** What `ip -batch` would read, and how a shell would say it: the same for whoever carries the operations out. */
export function equivalentLines(
  operations: readonly Operation[],
  inside?: { readonly pid: number },
): { readonly input: string; readonly equivalent: string } {
  const lines = operations.map(ipWords);
  const where = inside ? `nsenter --net=/proc/${inside.pid}/ns/net ` : '';
  return { input: `${lines.join('\n')}\n`, equivalent: lines.map((line) => `${where}ip ${line}`).join('\n') };
}

/** An operation that failed, as `ip` would be told it, and why. */
export function operationError(failed: Operation | undefined, why: string, inside: boolean): OperationError {
  const what = failed ? `ip ${ipWords(failed)}` : 'ip -batch';
  const hint = Object.entries(hints).find(([said]) => why.toLowerCase().includes(said))?.[1];
  return new OperationError(`${what}${inside ? ' (in the pod)' : ''} failed: ${why}`, { hint });
}

/** A cure, by what either driver says: strerror(3). */
const hints: Readonly<Record<string, string>> = {
  permitted: 'this needs CAP_NET_ADMIN: run nslab as root (sudo)',
  // net/bridge/br_private.h: BR_PORT_BITS is 10
  'exchange full':
    'a bridge has 1023 ports: make another network, or a routed one (`nslab network create NAME --type ptp`)',
};
