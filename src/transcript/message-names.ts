/** How the value of an attribute is to be read, and what it is called. */
export interface Field {
  readonly name: string;
  readonly as: 'text' | 'number' | 'network number' | 'address' | 'mac' | 'nested';
  /** Of nested attributes: what each of them is, and the struct that precedes them. */
  readonly fields?: Fields;
  readonly struct?: Struct;
}

export type Fields = Readonly<Record<number, Field>>;
/** The fixed part of a message: its name, and its fields with their sizes in bytes. */
export interface Struct {
  readonly name: string;
  readonly fields: ReadonlyArray<readonly [name: string, size: number]>;
}

/** What messages of one kind consist of. */
export interface Kind {
  readonly struct: Struct;
  readonly fields: Fields;
}

const text = (name: string): Field => ({ name, as: 'text' });
const number = (name: string): Field => ({ name, as: 'number' });
/** In network order, as all numbers of netfilter are. */
const ordered = (name: string): Field => ({ name, as: 'network number' });
const address = (name: string): Field => ({ name, as: 'address' });
const mac = (name: string): Field => ({ name, as: 'mac' });
const nested = (name: string, fields: Fields, struct?: Struct): Field => ({
  name,
  as: 'nested',
  fields,
  ...(struct && { struct }),
});

// include/uapi/linux/rtnetlink.h
const IFINFOMSG: Struct = {
  name: 'ifinfomsg',
  fields: [
    ['family', 1],
    ['', 1],
    ['type', 2],
    ['index', 4],
    ['flags', 4],
    ['change', 4],
  ],
};
const IFADDRMSG: Struct = {
  name: 'ifaddrmsg',
  fields: [
    ['family', 1],
    ['prefixlen', 1],
    ['flags', 1],
    ['scope', 1],
    ['index', 4],
  ],
};
const RTMSG: Struct = {
  name: 'rtmsg',
  fields: [
    ...([
      ['family', 1],
      ['dst_len', 1],
      ['src_len', 1],
      ['tos', 1],
    ] as const),
    ...([
      ['table', 1],
      ['protocol', 1],
      ['scope', 1],
      ['type', 1],
      ['flags', 4],
    ] as const),
  ],
};
// include/uapi/linux/fib_rules.h
const FIB_RULE_HDR: Struct = {
  name: 'fib_rule_hdr',
  fields: [...RTMSG.fields.slice(0, 5), ['res1', 1], ['res2', 1], ['action', 1], ['flags', 4]],
};
// include/uapi/linux/neighbour.h
const NDMSG: Struct = {
  name: 'ndmsg',
  fields: [
    ['family', 1],
    ['pad1', 1],
    ['pad2', 2],
    ['ifindex', 4],
    ['state', 2],
    ['flags', 1],
    ['type', 1],
  ],
};
const RTGENMSG: Struct = { name: 'rtgenmsg', fields: [['family', 1]] };

// include/uapi/linux/netfilter/nfnetlink.h
const NFGENMSG: Struct = {
  name: 'nfgenmsg',
  fields: [
    ['family', 1],
    ['version', 1],
    ['res_id', 2],
  ],
};

const CONNECTION: Fields = {
  1: nested('CTA_TUPLE_ORIG', {
    1: nested('CTA_TUPLE_IP', { 1: address('CTA_IP_V4_SRC'), 2: address('CTA_IP_V4_DST') }),
    2: nested('CTA_TUPLE_PROTO', {
      1: number('CTA_PROTO_NUM'),
      2: ordered('CTA_PROTO_SRC_PORT'),
      3: ordered('CTA_PROTO_DST_PORT'),
    }),
  }),
  12: ordered('CTA_ID'),
  18: ordered('CTA_ZONE'),
};

// include/uapi/linux/if_link.h
const END: Fields = {
  1: mac('IFLA_ADDRESS'),
  3: text('IFLA_IFNAME'),
  4: number('IFLA_MTU'),
  10: number('IFLA_MASTER'),
  19: number('IFLA_NET_NS_PID'),
  20: text('IFLA_IFALIAS'),
  27: number('IFLA_GROUP'),
  31: number('IFLA_NUM_TX_QUEUES'),
  32: number('IFLA_NUM_RX_QUEUES'),
};
const LINK: Fields = {
  ...END,
  18: nested('IFLA_LINKINFO', {
    1: text('IFLA_INFO_KIND'),
    2: nested('IFLA_INFO_DATA', { 1: nested('VETH_INFO_PEER', END, IFINFOMSG) }),
    4: text('IFLA_INFO_SLAVE_KIND'),
    5: nested('IFLA_INFO_SLAVE_DATA', { 4: number('IFLA_BRPORT_MODE (hairpin)') }),
  }),
  26: nested('IFLA_AF_SPEC', { 10: nested('AF_INET6', { 8: number('IFLA_INET6_ADDR_GEN_MODE') }) }),
};
const link: Kind = { struct: IFINFOMSG, fields: LINK };
const addresses: Kind = { struct: IFADDRMSG, fields: { 1: address('IFA_ADDRESS'), 2: address('IFA_LOCAL') } };
const neighbours: Kind = { struct: NDMSG, fields: { 1: address('NDA_DST') } };
const routes: Kind = {
  struct: RTMSG,
  fields: { 1: address('RTA_DST'), 4: number('RTA_OIF'), 5: address('RTA_GATEWAY') },
};

/** The messages that nslab sends, by their type. include/uapi/linux/rtnetlink.h */
export const MESSAGES: Readonly<Record<number, Kind & { readonly name: string }>> = {
  16: { name: 'RTM_NEWLINK', ...link },
  17: { name: 'RTM_DELLINK', ...link },
  18: { name: 'RTM_GETLINK', ...link },
  20: { name: 'RTM_NEWADDR', ...addresses },
  22: { name: 'RTM_GETADDR', ...addresses },
  24: { name: 'RTM_NEWROUTE', ...routes },
  26: { name: 'RTM_GETROUTE', ...routes },
  29: { name: 'RTM_DELNEIGH', ...neighbours },
  30: { name: 'RTM_GETNEIGH', ...neighbours },
  34: { name: 'RTM_GETRULE', struct: FIB_RULE_HDR, fields: { 15: number('FRA_TABLE') } },
  90: { name: 'RTM_GETNSID', struct: RTGENMSG, fields: { 3: number('NETNSA_FD') } },
  // NFNL_SUBSYS_NFTABLES << 8 | the message's own: include/uapi/linux/netfilter/nf_tables.h
  // NFNL_SUBSYS_CTNETLINK << 8: include/uapi/linux/netfilter/nfnetlink_conntrack.h
  257: { name: 'IPCTNL_MSG_CT_GET', struct: NFGENMSG, fields: {} },
  258: { name: 'IPCTNL_MSG_CT_DELETE', struct: NFGENMSG, fields: CONNECTION },
  2561: { name: 'NFT_MSG_GETTABLE', struct: NFGENMSG, fields: {} },
  2564: { name: 'NFT_MSG_GETCHAIN', struct: NFGENMSG, fields: {} },
};

/** include/uapi/linux/netlink.h; of those that have one bit for two meanings, that of each kind of message. */
export function flagNames(flags: number, type: string): string {
  const ofKind = /^(RTM|NFT_MSG|IPCTNL_MSG_CT)_GET/.test(type)
    ? [[0x300, 'NLM_F_DUMP'] as const]
    : [[0x100, 'NLM_F_REPLACE'] as const, [0x200, 'NLM_F_EXCL'] as const, [0x400, 'NLM_F_CREATE'] as const];
  const names = [[0x1, 'NLM_F_REQUEST'] as const, [0x4, 'NLM_F_ACK'] as const, ...ofKind];
  return names.flatMap(([bits, name]) => ((flags & bits) === bits ? [name] : [])).join('|');
}
