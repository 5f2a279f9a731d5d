/** Numbers of what the kernel tells to multicast groups, each under the header that it comes from. */

// include/uapi/linux/netlink.h
export const NETLINK_LISTEN_ALL_NSID = 8;

// include/uapi/linux/rtnetlink.h: enum rtnetlink_groups
export const ROUTE_GROUPS = {
  RTNLGRP_LINK: 1,
  RTNLGRP_NEIGH: 3,
  RTNLGRP_IPV4_IFADDR: 5,
  RTNLGRP_IPV4_ROUTE: 7,
  RTNLGRP_IPV6_IFADDR: 9,
  RTNLGRP_IPV6_ROUTE: 11,
  RTNLGRP_NSID: 28,
} as const;
/** Of these, what changes links and addresses. */
export const LINK_GROUPS = {
  RTNLGRP_LINK: ROUTE_GROUPS.RTNLGRP_LINK,
  RTNLGRP_IPV4_IFADDR: ROUTE_GROUPS.RTNLGRP_IPV4_IFADDR,
  RTNLGRP_IPV6_IFADDR: ROUTE_GROUPS.RTNLGRP_IPV6_IFADDR,
  RTNLGRP_NSID: ROUTE_GROUPS.RTNLGRP_NSID,
};
export const RTM_DELADDR = 21;
export const RTM_DELROUTE = 25;
export const RTM_NEWNEIGH = 28;
export const RTM_DELNEIGH = 29;
export const RTM_NEWNSID = 88;
export const RTM_DELNSID = 89;
export const RTM_F_CLONED = 0x200;
export const RTPROT_KERNEL = 2;
export const RTA_TABLE = 15;

// include/uapi/linux/if_link.h, include/uapi/linux/if.h
export const IFLA_NEW_NETNSID = 45;
export const IFF_LOWER_UP = 0x10000;

// include/uapi/linux/neighbour.h
export const NDA_LLADDR = 2;
export const NUD_REACHABLE = 0x02;
export const NUD_PERMANENT = 0x80;

// include/linux/socket.h
export const AF_BRIDGE = 7;

// include/uapi/linux/netfilter/nfnetlink.h: enum nfnetlink_groups
export const NETFILTER_GROUPS = {
  NFNLGRP_CONNTRACK_NEW: 1,
  NFNLGRP_CONNTRACK_DESTROY: 3,
  NFNLGRP_NFTABLES: 7,
} as const;
/** Of these, what changes rules. */
export const RULES_GROUPS = { NFNLGRP_NFTABLES: NETFILTER_GROUPS.NFNLGRP_NFTABLES };

// include/uapi/linux/netfilter/nfnetlink_conntrack.h
export const CTA_TUPLE_REPLY = 2;
export const CTA_IP_V4_SRC = 1;
export const CTA_IP_V6_SRC = 3;
export const CTA_IP_V6_DST = 4;
export const CTA_PROTO_SRC_PORT = 2;

// include/uapi/linux/netfilter/nf_tables.h: enum nf_tables_msg_types. Of each kind the three are for new, get and delete.
export const NFT_MSG_NEWGEN = 15;
export const NFTA_GEN_PROC_PID = 2;
export const NFTA_GEN_PROC_NAME = 3;
/** What messages are about, by the number of the one for new, and the attribute that has its name. Attribute 1 is the table. */
export const NFT_KINDS: ReadonlyMap<number, readonly [kind: string, name: number]> = new Map([
  [0, ['table', 1]],
  [3, ['chain', 3]],
  [6, ['rule', 2]],
  [9, ['set', 2]],
  [12, ['element', 2]],
  [18, ['object', 2]],
  [22, ['flowtable', 2]],
]);
