import { OperationError } from '../sys/errors.ts';
import type { Call } from '../transcript/transcript.ts';

/**
 * Everything that nslab asks of the kernel's network configuration, in one table. A row is data: the words that
 * ip(8) takes are here, the message that rtnetlink(7) takes is in messages.ts. Everything above speaks in operations.
 */

export interface Rows {
  /** Equivalent to: `ip link add name NAME … type bridge`. A fixed MAC: else it takes the lowest port's, and flaps. */
  addBridge: { name: string; mac: string; mtu: number; group: number };
  /**
   * Equivalent to: `ip link add name NAME … type veth peer name PEER … netns PID`. The peer is born in its namespace,
   * because moving a device costs an rcu_barrier, 20 ms. One queue each: two grace periods less.
   */
  addVeth: { name: string; peer: string; peerMac: string; peerNetnsOf: number; mtu: number; group: number };
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
  /** Equivalent to: `ip route add DESTINATION via GATEWAY dev NAME`. */
  addRoute: { destination: string; gateway: string; name: string };
  /**
   * Equivalent to: `ip route replace DESTINATION dev NAME scope link table local`: that table is asked before any rule of a VPN, and
   * the route goes with its device.
   */
  setFirstRoute: { destination: string; name: string };
  /** Equivalent to: `ip route add default via GATEWAY dev NAME`. */
  addDefaultRoute: { gateway: string; name: string };
  /** Equivalent to: `ip link delete dev NAME`. */
  deleteLink: { name: string };
  /** Equivalent to: `ip link set dev NAME group GROUP`: a number by which many links can be deleted at once. */
  setGroup: { name: string; group: number };
  /** Equivalent to: `ip link delete group GROUP`: all of them for one rcu_barrier, where each alone waits 20 ms for its own. */
  deleteGroup: { group: number };
}

/** An operation as ip(8) takes it, and what it is for. */
interface Form<Row> {
  words(row: Row): readonly (string | number)[];
  readonly purpose: string;
}

type Table = { readonly [Name in keyof Rows]: Form<Rows[Name]> };

/** One operation: its name in the table and its facts. */
export type Operation = { [Name in keyof Rows]: { readonly do: Name } & Readonly<Rows[Name]> }[keyof Rows];

const QUEUES = ['numtxqueues', 1, 'numrxqueues', 1];

const table: Table = {
  addBridge: {
    words: ({ name, mac, mtu, group }) => [
      ...['link', 'add', 'name', name, 'address', mac],
      ...['mtu', mtu, 'group', group, 'type', 'bridge'],
    ],
    purpose: 'a switch in the kernel, with a fixed MAC: else the bridge takes the lowest one of its ports',
  },
  addVeth: {
    words: ({ name, peer, peerMac, peerNetnsOf, mtu, group }) => [
      ...['link', 'add', 'name', name, 'mtu', mtu, 'group', group, ...QUEUES, 'type', 'veth'],
      ...['peer', 'name', peer, 'address', peerMac, 'mtu', mtu, ...QUEUES, 'netns', peerNetnsOf],
    ],
    purpose: 'a veth pair: the peer is created in the pod, because moving it there later takes 20 ms',
  },
  setAlias: {
    // Quoted, for ip(8) and for a shell: an alias has a blank in it.
    words: ({ name, alias }) => ['link', 'set', 'dev', name, 'alias', `"${alias}"`],
    purpose: "the owner's mark: nslab deletes no link without it",
  },
  setNoAutoAddress: {
    words: ({ name }) => ['link', 'set', 'dev', name, 'addrgenmode', 'none'],
    purpose: 'no link-local IPv6 address',
  },
  setMaster: {
    words: ({ name, master }) => ['link', 'set', 'dev', name, 'master', master],
    purpose: "the host's end becomes a port of the bridge",
  },
  setHairpin: {
    words: ({ name }) => ['link', 'set', 'dev', name, 'type', 'bridge_slave', 'hairpin', 'on'],
    purpose: 'a frame may leave by the port it came from: a pod reaches its own published port',
  },
  setUp: {
    words: ({ name }) => ['link', 'set', 'dev', name, 'up'],
    purpose: 'a link that is down carries nothing, and is created so',
  },
  addAddress: {
    words: ({ name, cidr }) => ['address', 'add', cidr, 'dev', name],
    purpose: 'the address, and with its prefix length a route to the neighbours',
  },
  addLinkRoute: {
    words: ({ destination, name }) => ['route', 'add', destination, 'dev', name],
    purpose: 'a neighbour that is reached directly by this link',
  },
  addRoute: {
    words: ({ destination, gateway, name }) => ['route', 'add', destination, 'via', gateway, 'dev', name],
    purpose: 'the neighbours in that network, which are behind its gateway and not behind the default one',
  },
  setFirstRoute: {
    words: ({ destination, name }) => [
      'route',
      'replace',
      destination,
      'dev',
      name,
      'scope',
      'link',
      'table',
      'local',
    ],
    purpose: 'rules of this host send packets to other tables: in this one the route is found before them',
  },
  addDefaultRoute: {
    words: ({ gateway, name }) => ['route', 'add', 'default', 'via', gateway, 'dev', name],
    purpose: 'the gateway for every other destination',
  },
  deleteLink: {
    words: ({ name }) => ['link', 'delete', 'dev', name],
    purpose: 'deletes the link, and the peer with it; with its namespace alone it would go some time later',
  },
  setGroup: {
    words: ({ name, group }) => ['link', 'set', 'dev', name, 'group', group],
    purpose: 'a group number by which many links are deleted at once',
  },
  deleteGroup: {
    words: ({ group }) => ['link', 'delete', 'group', group],
    purpose: 'deletes all links of the group for one wait of 20 ms, where each alone would take one',
  },
};

/** The words of ip(8) for one operation, as a line of `ip -batch`. */
export function ipWords(operation: Operation): string {
  return formOf(operation).words(operation).join(' ');
}

function formOf(operation: Operation): Form<Operation> {
  return table[operation.do] as Form<Operation>;
}

/** Operations for the transcript, the same for both drivers: their purposes, the input of `ip -batch`, and shell lines. */
export function describeOperations(
  operations: readonly Operation[],
  inside?: { readonly pid: number; readonly name?: string },
): Pick<Call, 'purpose'> & { readonly input: string; readonly equivalent: string } {
  const lines = operations.map(ipWords);
  const { pid, name } = inside ?? {};
  const ip =
    name !== undefined ? `ip -n ${name}` : pid !== undefined ? `nsenter --net=/proc/${pid}/ns/net ip` : 'ip';
  return {
    purpose: operations.map((operation) => formOf(operation).purpose).join('\n'),
    input: `${lines.join('\n')}\n`,
    equivalent: lines.map((line) => `${ip} ${line}`).join('\n'),
  };
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
