import * as c from '../constants.ts';
import { SyscallError } from '../errors.ts';
import { type Attributes, readAttributes } from './reader.ts';
import type { Message, NetlinkSocket } from './socket.ts';

/** A connection that the kernel tracks: where its first packet went, and how it is named for its deletion. */
export interface Flow {
  readonly protocol: number;
  /** `192.0.2.7` */
  readonly to: string;
  readonly port: number;
  readonly name: {
    readonly tuple: Buffer;
    readonly id?: Buffer | undefined;
    readonly zone?: Buffer | undefined;
  };
}

/** The IPv4 connections. Throws where the kernel does not tell (no nf_conntrack_netlink). Equivalent to: `conntrack -L -f ipv4` */
export function askFlows(socket: NetlinkSocket, purpose: string): Flow[] {
  const message = messageOf(c.IPCTNL_MSG_CT_GET, { asks: 'all' });
  const telling = {
    args: '{IPCTNL_MSG_CT_GET, NLM_F_DUMP, AF_INET}',
    equivalent: 'conntrack -L -f ipv4',
    purpose,
  };
  return socket.ask(message, telling).flatMap(({ body }) => toFlow(readAttributes(body, NFGENMSG)));
}

function toFlow(attributes: Attributes): Flow[] {
  const tuple = attributes.get(c.CTA_TUPLE_ORIG);
  if (!tuple) return [];
  const parts = readAttributes(tuple);
  const ip = readAttributes(parts.get(c.CTA_TUPLE_IP) ?? Buffer.alloc(0));
  const proto = readAttributes(parts.get(c.CTA_TUPLE_PROTO) ?? Buffer.alloc(0));
  const port = proto.get(c.CTA_PROTO_DST_PORT);
  const to = ip.get(c.CTA_IP_V4_DST);
  if (!port || !to) return [];
  return [
    {
      protocol: proto.get(c.CTA_PROTO_NUM)?.readUInt8(0) ?? 0,
      to: to.join('.'),
      port: port.readUInt16BE(0),
      name: { tuple, id: attributes.get(c.CTA_ID), zone: attributes.get(c.CTA_ZONE) },
    },
  ];
}

/** Deletes connections of the list, a hundred in one send(2). One that is gone by itself is fine. */
export function deleteFlows(
  socket: NetlinkSocket,
  flows: readonly Flow[],
  telling: { readonly equivalent: string; readonly purpose: string },
): void {
  for (let at = 0; at < flows.length; at += MOST) {
    const some = flows.slice(at, at + MOST);
    const args = `[${some.map(() => 'IPCTNL_MSG_CT_DELETE').join(', ')}]`;
    const { refusal } = socket.exchange(some.map(deletion), { args, ...telling });
    if (refusal && refusal.errno !== ENOENT) throw new SyscallError('send', args, refusal.errno);
  }
}

function deletion({ name: { tuple, id, zone } }: Flow): Message {
  return messageOf(c.IPCTNL_MSG_CT_DELETE, {
    attributes: (write) => {
      write.bytes(c.CTA_TUPLE_ORIG | c.NLA_F_NESTED, tuple);
      if (id) write.bytes(c.CTA_ID, id);
      if (zone) write.bytes(c.CTA_ZONE, zone);
    },
  });
}

function messageOf(
  type: number,
  { asks, attributes }: { asks?: 'all'; attributes?: Message['body'] } = {},
): Message {
  return {
    type: (c.NFNL_SUBSYS_CTNETLINK << 8) | type,
    flags: 0,
    ...(asks && { asks }),
    body: (write) => {
      // struct nfgenmsg
      write.fixed([1, c.AF_INET], [1, 0], [2, 0]);
      attributes?.(write);
    },
  };
}

/** sizeof(struct nfgenmsg) */
const NFGENMSG = 4;

const MOST = 100;

const ENOENT = 2;
