import type { ObservedEvent } from '../spec/observed-event.ts';
import * as c from '../sys/constants.ts';
import * as g from '../sys/netlink/groups.ts';
import { type Attributes, readAttributes, textOf } from '../sys/netlink/reader.ts';
import { addressOf, eventOf, type GroupMessage, type NameOf, named } from './facts.ts';

/** sizeof(struct nfgenmsg) */
const NFGENMSG = 4;

/** One direction of a connection. */
interface Tuple {
  readonly protocol: number;
  readonly from: string;
  readonly to: string;
  readonly ports: readonly [from: number, to: number] | undefined;
}

/** A connection that the kernel begins or ends to track, and what address translation makes of it. */
export function conntrackEvent(message: GroupMessage, nameOf: NameOf): ObservedEvent | undefined {
  const attributes = readAttributes(message.body, NFGENMSG);
  const [original, reply] = [c.CTA_TUPLE_ORIG, g.CTA_TUPLE_REPLY].map((each) =>
    toTuple(attributes.get(each)),
  );
  if (!original || !reply) return undefined;
  const isGone = (message.type & 0xff) === c.IPCTNL_MSG_CT_DELETE;
  const end = (address: string, port: number | undefined) =>
    named(port === undefined ? address : `${address}:${port}`, () => nameOf(address));
  const protocol = PROTOCOLS[original.protocol] ?? `protocol ${original.protocol}`;
  const translated = [
    ...(reply.from === original.to && reply.ports?.[0] === original.ports?.[1]
      ? []
      : [`dnat to ${end(reply.from, reply.ports?.[0])}`]),
    ...(reply.to === original.from && reply.ports?.[1] === original.ports?.[0]
      ? []
      : [`snat to ${end(reply.to, reply.ports?.[1])}`]),
  ];
  return eventOf(
    message,
    'conntrack',
    isGone ? 'removed' : 'added',
    `${protocol} ${end(original.from, original.ports?.[0])} > ${end(original.to, original.ports?.[1])}`,
    [isGone ? 'over' : 'new', ...translated].join(', '),
  );
}

function toTuple(bytes: Buffer | undefined): Tuple | undefined {
  if (!bytes) return undefined;
  const parts = readAttributes(bytes);
  const ip: Attributes = readAttributes(parts.get(c.CTA_TUPLE_IP) ?? Buffer.alloc(0));
  const proto: Attributes = readAttributes(parts.get(c.CTA_TUPLE_PROTO) ?? Buffer.alloc(0));
  const from = addressOf(ip.get(g.CTA_IP_V4_SRC) ?? ip.get(g.CTA_IP_V6_SRC));
  const to = addressOf(ip.get(c.CTA_IP_V4_DST) ?? ip.get(g.CTA_IP_V6_DST));
  const [source, destination] = [proto.get(g.CTA_PROTO_SRC_PORT), proto.get(c.CTA_PROTO_DST_PORT)];
  if (from === undefined || to === undefined) return undefined;
  return {
    protocol: proto.get(c.CTA_PROTO_NUM)?.readUInt8(0) ?? 0,
    from,
    to,
    ports: source && destination ? [source.readUInt16BE(0), destination.readUInt16BE(0)] : undefined,
  };
}

const PROTOCOLS: Readonly<Record<number, string>> = {
  [c.IPPROTO_ICMP]: 'icmp',
  2: 'igmp',
  [c.IPPROTO_TCP]: 'tcp',
  [c.IPPROTO_UDP]: 'udp',
  [c.IPPROTO_ICMPV6]: 'icmp6',
  [c.IPPROTO_SCTP]: 'sctp',
};

/** What a transaction has changed in one table. */
interface TableChange {
  /** `+3 rule`: how many, by what was done and the kind. */
  readonly counts: Map<string, number>;
  /** Of chains and sets. */
  readonly names: Set<string>;
  table: 'added' | 'removed' | undefined;
}

/** Transactions of nftables. The kernel tells each object of one, and at its end who has made it. */
export class Transactions {
  /** By namespace, then by `ip nslab`. */
  readonly #open = new Map<number, Map<string, TableChange>>();

  /** The events of a transaction, one a table, when it is over. */
  events(message: GroupMessage): ObservedEvent[] {
    const type = message.type & 0xff;
    const attributes = readAttributes(message.body, NFGENMSG);
    if (type === g.NFT_MSG_NEWGEN) return this.#finish(message, attributes);
    const isNew = g.NFT_KINDS.has(type);
    const [kind, named] = g.NFT_KINDS.get(isNew ? type : type - 2) ?? [];
    const table = textOf(attributes.get(1));
    if (kind === undefined || named === undefined || table === undefined) return [];
    const family = FAMILIES[message.body.readUInt8(0)] ?? 'ip';
    const change = this.#changeOf(message.nsid, `${family} ${table}`);
    if (kind === 'table') change.table = isNew ? 'added' : 'removed';
    else {
      const key = `${isNew ? '+' : '-'} ${kind}`;
      change.counts.set(key, (change.counts.get(key) ?? 0) + numberOf(kind, attributes));
      const name = textOf(attributes.get(named));
      if (name !== undefined) change.names.add(name);
    }
    return [];
  }

  #changeOf(nsid: number, table: string): TableChange {
    const tables = this.#open.get(nsid) ?? new Map<string, TableChange>();
    const change = tables.get(table) ?? { counts: new Map(), names: new Set(), table: undefined };
    this.#open.set(nsid, tables.set(table, change));
    return change;
  }

  #finish(message: GroupMessage, attributes: Attributes): ObservedEvent[] {
    const tables = this.#open.get(message.nsid) ?? new Map<string, TableChange>();
    this.#open.delete(message.nsid);
    const pid = attributes.get(g.NFTA_GEN_PROC_PID)?.readUInt32BE(0);
    const by = `by ${textOf(attributes.get(g.NFTA_GEN_PROC_NAME)) ?? '?'}${pid === undefined ? '' : `, pid ${pid}`}`;
    return [...tables].map(([table, change]) =>
      eventOf(message, 'nft', change.table ?? 'changed', `table ${table}`, `${inWords(change)}, ${by}`),
    );
  }
}

function inWords({ counts, names, table }: TableChange): string {
  const changed = [...g.NFT_KINDS.values()].flatMap(([kind]) =>
    ['+', '-'].flatMap((sign) => {
      const count = counts.get(`${sign} ${kind}`);
      return count === undefined ? [] : `${sign}${count} ${kind}${count === 1 ? '' : 's'}`;
    }),
  );
  const shown = names.size > MOST ? '' : ` in ${[...names].join(', ')}`;
  return [...(table === undefined ? [] : [table]), ...changed].join(', ') + (names.size > 0 ? shown : '');
}

/** Names of chains and sets that fit into a line. */
const MOST = 3;

/** A message has several elements: NFTA_SET_ELEM_LIST_ELEMENTS. */
function numberOf(kind: string, attributes: Attributes): number {
  if (kind !== 'element') return 1;
  const list = attributes.get(3);
  let count = 0;
  for (let at = 0; list && at + 4 <= list.length; count++)
    at += Math.max(4, (list.readUInt16LE(at) + 3) & ~3);
  return Math.max(1, count);
}

/** include/uapi/linux/netfilter.h: NFPROTO_ */
const FAMILIES: Readonly<Record<number, string>> = {
  1: 'inet',
  2: 'ip',
  3: 'arp',
  5: 'netdev',
  7: 'bridge',
  10: 'ip6',
};
