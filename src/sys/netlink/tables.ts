import * as c from '../constants.ts';
import { type Attributes, readAttributes, textOf } from './reader.ts';
import type { Message, NetlinkSocket } from './socket.ts';

/**
 * How many tables of nftables there are in the namespace of a socket for NETLINK_NETFILTER. Throws when the kernel does not
 * tell us. Equivalent to: `nft list tables | wc -l`
 */
export function countTables(socket: NetlinkSocket, equivalent: string): number {
  const asks = question(c.NFT_MSG_GETTABLE, c.AF_UNSPEC);
  return socket.ask(asks, {
    args: '{NFT_MSG_GETTABLE, NLM_F_DUMP}',
    equivalent,
    purpose: 'whether there are any rules: only then nft is asked for them',
  }).length;
}

/** A table of nftables. */
export interface TableAnswer {
  readonly name: string;
  readonly handle: string;
  readonly comment: string | undefined;
}

/** What the question for tables is for, whether netlink or nft asks it. */
export const TABLES = "which tables there are, and whose: the mark of the owner is the table's comment";

/** The tables for IPv4. Throws when the kernel refuses. Equivalent to: `nft -a list tables ip` */
export function askTables(socket: NetlinkSocket): TableAnswer[] {
  const asks = question(c.NFT_MSG_GETTABLE, c.AF_INET);
  const args = '{NFT_MSG_GETTABLE, NLM_F_DUMP, AF_INET}';
  return socket.ask(asks, { args, equivalent: 'nft -a list tables ip', purpose: TABLES }).map(({ body }) => {
    const attributes = readAttributes(body, NFGENMSG);
    return {
      name: textOf(attributes.get(c.NFTA_TABLE_NAME)) ?? '',
      handle: String(attributes.get(c.NFTA_TABLE_HANDLE)?.readBigUInt64BE(0) ?? ''),
      comment: commentIn(attributes.get(c.NFTA_TABLE_USERDATA)),
    };
  });
}

/** libnftnl/udata.h: type, length, value. NFTNL_UDATA_TABLE_COMMENT is type 0. */
function commentIn(userdata: Buffer = Buffer.alloc(0)): string | undefined {
  for (let at = 0; at + 2 <= userdata.length; at += 2 + userdata.readUInt8(at + 1))
    if (userdata.readUInt8(at) === 0)
      return textOf(userdata.subarray(at + 2, at + 2 + userdata.readUInt8(at + 1)));
  return undefined;
}

/** A chain of nftables. */
export interface ChainAnswer {
  readonly family: string;
  readonly table: string;
  readonly name: string;
  /** enum nf_inet_hooks, of a base chain. */
  readonly hook: number | undefined;
  /** NF_DROP or NF_ACCEPT, of a base chain. */
  readonly policy: number | undefined;
}

/** What the question for chains is for, whether netlink or nft asks it. */
export const CHAINS = 'whether a firewall of this host sees forwarded packets: it may drop those of pods';

/** The chains that IPv4 packets pass. Throws when the kernel does not tell us. Equivalent to: `nft list chains` */
export function askChains(socket: NetlinkSocket): ChainAnswer[] {
  const asks = question(c.NFT_MSG_GETCHAIN, c.AF_UNSPEC);
  const telling = {
    args: '{NFT_MSG_GETCHAIN, NLM_F_DUMP, AF_UNSPEC}',
    equivalent: 'nft list chains',
    purpose: CHAINS,
  };
  return socket.ask(asks, telling).flatMap(({ body }) => {
    const family = FAMILY_NAMES[body.readUInt8(0)];
    return family === undefined ? [] : [toChain(family, readAttributes(body, NFGENMSG))];
  });
}

/** The families of chains that IPv4 packets pass. include/uapi/linux/netfilter.h: NFPROTO_INET, NFPROTO_IPV4, NFPROTO_BRIDGE */
const FAMILY_NAMES: Readonly<Record<number, string>> = { 1: 'inet', 2: 'ip', 7: 'bridge' };

export function isIpv4Family(name: string): boolean {
  return Object.values(FAMILY_NAMES).includes(name);
}

function toChain(family: string, attributes: Attributes): ChainAnswer {
  const hook = attributes.get(c.NFTA_CHAIN_HOOK);
  return {
    family,
    table: textOf(attributes.get(c.NFTA_CHAIN_TABLE)) ?? '',
    name: textOf(attributes.get(c.NFTA_CHAIN_NAME)) ?? '',
    hook: hook && readAttributes(hook).get(c.NFTA_HOOK_HOOKNUM)?.readUInt32BE(0),
    policy: attributes.get(c.NFTA_CHAIN_POLICY)?.readUInt32BE(0),
  };
}

function question(type: number, family: number): Message {
  return {
    type: (c.NFNL_SUBSYS_NFTABLES << 8) | type,
    flags: 0,
    asks: 'all',
    // struct nfgenmsg: family, version, and a number that asks nothing here. netfilter's numbers are in network order.
    body: (write) => write.fixed([1, family], [1, 0], [2, 0]),
  };
}

/** sizeof(struct nfgenmsg) */
const NFGENMSG = 4;
