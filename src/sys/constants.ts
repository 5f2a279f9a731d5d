/** Numbers of the kernel's interface, each under the header that it comes from. */

// include/uapi/linux/sched.h
export const CLONE_NEWTIME = 0x00000080;
export const CLONE_NEWNS = 0x00020000;
export const CLONE_NEWCGROUP = 0x02000000;
export const CLONE_NEWUTS = 0x04000000;
export const CLONE_NEWIPC = 0x08000000;
export const CLONE_NEWUSER = 0x10000000;
export const CLONE_NEWPID = 0x20000000;
export const CLONE_NEWNET = 0x40000000;

// include/uapi/asm-generic/fcntl.h
export const LOCK_SH = 1;
export const LOCK_EX = 2;
export const LOCK_NB = 4;
export const LOCK_UN = 8;
export const O_CLOEXEC = 0o2000000;

// include/uapi/linux/mount.h
export const MS_UNBINDABLE = 1 << 17;
export const MS_PRIVATE = 1 << 18;
export const MS_SLAVE = 1 << 19;

// include/uapi/linux/close_range.h
export const CLOSE_RANGE_CLOEXEC = 1 << 2;

// include/uapi/linux/nsfs.h: _IO(0xb7, 1) to _IO(0xb7, 3)
export const NS_GET_USERNS = 0xb701;
export const NS_GET_PARENT = 0xb702;
export const NS_GET_NSTYPE = 0xb703;

// <spawn.h>, <bits/waitflags.h>
export const POSIX_SPAWN_SETSIGDEF = 0x04;
export const POSIX_SPAWN_SETSIGMASK = 0x08;
export const POSIX_SPAWN_SETSID = 0x80;
export const WNOHANG = 1;

// include/uapi/asm-generic/socket.h
export const SOL_SOCKET = 1;
export const SO_ERROR = 4;
export const SO_ATTACH_FILTER = 26;
export const SO_RCVBUFFORCE = 33;
export const SO_NETNS_COOKIE = 71;

// include/linux/socket.h
export const AF_UNSPEC = 0;
export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_NETLINK = 16;
export const AF_PACKET = 17;
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const SOCK_NONBLOCK = 0o4000;
export const MSG_DONTWAIT = 0x40;

// include/linux/socket.h, include/uapi/linux/if_packet.h, include/uapi/linux/if_ether.h
export const SOL_PACKET = 263;
export const PACKET_RX_RING = 5;
export const PACKET_VERSION = 10;
export const TPACKET_V3 = 2;
export const PACKET_OUTGOING = 4;
export const ETH_P_ALL = 0x0003;
export const ETH_P_IP = 0x0800;
export const ETH_P_ARP = 0x0806;
export const ETH_P_IPV6 = 0x86dd;

// include/uapi/linux/in.h, include/uapi/linux/tcp.h, include/net/tcp_states.h
export const IPPROTO_IP = 0;
export const IPPROTO_ICMP = 1;
export const IPPROTO_TCP = 6;
export const IPPROTO_UDP = 17;
export const IPPROTO_ICMPV6 = 58;
export const IPPROTO_SCTP = 132;
export const IP_TOS = 1;
export const IP_RECVERR = 11;
export const TCP_INFO = 11;
export const TCP_ESTABLISHED = 1;
/** The other side has closed already. */
export const TCP_CLOSE_WAIT = 8;

// include/uapi/linux/netlink.h
export const SOL_NETLINK = 270;
export const NETLINK_ROUTE = 0;
export const NETLINK_NETFILTER = 12;
export const NETLINK_ADD_MEMBERSHIP = 1;
export const NETLINK_CAP_ACK = 10;
export const NETLINK_EXT_ACK = 11;
export const NLM_F_REQUEST = 0x1;
export const NLM_F_MULTI = 0x2;
export const NLM_F_ACK = 0x4;
export const NLM_F_REPLACE = 0x100;
export const NLM_F_EXCL = 0x200;
export const NLM_F_CREATE = 0x400;
export const NLM_F_DUMP = 0x300;
export const NLM_F_APPEND = 0x800;
export const NLM_F_ACK_TLVS = 0x200;
export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;
export const NLMSGERR_ATTR_MSG = 1;
export const NLA_TYPE_MASK = 0x3fff;
export const NLA_F_NESTED = 0x8000;

// include/uapi/linux/rtnetlink.h, include/uapi/linux/net_namespace.h
export const RTM_NEWLINK = 16;
export const RTM_DELLINK = 17;
export const RTM_GETLINK = 18;
export const RTM_NEWADDR = 20;
export const RTM_GETADDR = 22;
export const RTM_NEWROUTE = 24;
export const RTM_GETROUTE = 26;
export const RTM_DELNEIGH = 29;
export const RTM_GETNEIGH = 30;
export const RTM_GETRULE = 34;
export const RTM_GETNSID = 90;
export const RT_TABLE_DEFAULT = 253;
export const RT_TABLE_MAIN = 254;
export const RT_TABLE_LOCAL = 255;
export const RTPROT_BOOT = 3;
export const RT_SCOPE_UNIVERSE = 0;
export const RT_SCOPE_LINK = 253;
export const RTN_UNICAST = 1;
export const RTA_DST = 1;
export const RTA_SRC = 2;
export const RTA_IIF = 3;
export const RTA_OIF = 4;
export const RTA_GATEWAY = 5;
export const RTA_MULTIPATH = 9;
export const NDA_DST = 1;
export const NUD_INCOMPLETE = 0x01;
export const NUD_FAILED = 0x20;
export const FRA_TABLE = 15;
export const NETNSA_NSID = 1;
export const NETNSA_FD = 3;

// include/uapi/linux/netfilter/nfnetlink.h, nf_tables.h
export const NFNL_SUBSYS_CTNETLINK = 1;
export const IPCTNL_MSG_CT_GET = 1;
export const IPCTNL_MSG_CT_DELETE = 2;
export const CTA_TUPLE_ORIG = 1;
export const CTA_ID = 12;
export const CTA_ZONE = 18;
export const CTA_TUPLE_IP = 1;
export const CTA_TUPLE_PROTO = 2;
export const CTA_IP_V4_DST = 2;
export const CTA_PROTO_NUM = 1;
export const CTA_PROTO_DST_PORT = 3;
export const NFNL_SUBSYS_NFTABLES = 10;
export const NFT_MSG_GETTABLE = 1;
export const NFT_MSG_GETCHAIN = 4;
export const NFTA_TABLE_NAME = 1;
export const NFTA_TABLE_HANDLE = 4;
export const NFTA_TABLE_USERDATA = 6;
export const NFTA_CHAIN_TABLE = 1;
export const NFTA_CHAIN_NAME = 3;
export const NFTA_CHAIN_HOOK = 4;
export const NFTA_CHAIN_POLICY = 5;
export const NFTA_HOOK_HOOKNUM = 1;

// include/uapi/linux/netfilter.h
export const NF_DROP = 0;
export const NF_INET_FORWARD = 2;

// include/uapi/linux/if_arp.h
export const ARPHRD_ETHER = 1;
export const ARPHRD_LOOPBACK = 772;

// include/uapi/linux/if.h, if_link.h, if_addr.h, veth.h
export const IFF_UP = 1;
export const IFLA_ADDRESS = 1;
export const IFLA_IFNAME = 3;
export const IFLA_MTU = 4;
export const IFLA_LINK = 5;
export const IFLA_MASTER = 10;
export const IFLA_OPERSTATE = 16;
export const IFLA_LINKINFO = 18;
export const IFLA_NET_NS_PID = 19;
export const IFLA_IFALIAS = 20;
export const IFLA_AF_SPEC = 26;
export const IFLA_GROUP = 27;
export const IFLA_EXT_MASK = 29;
/** Of a link all but its counters, which are more than half of an answer. */
export const RTEXT_FILTER_SKIP_STATS = 8;
export const IFLA_NUM_TX_QUEUES = 31;
export const IFLA_NUM_RX_QUEUES = 32;
export const IFLA_LINK_NETNSID = 37;
export const IFLA_INFO_KIND = 1;
export const IFLA_INFO_DATA = 2;
export const IFLA_INFO_SLAVE_KIND = 4;
export const IFLA_INFO_SLAVE_DATA = 5;
export const IFLA_BRPORT_MODE = 4;
export const IFLA_INET6_ADDR_GEN_MODE = 8;
export const IN6_ADDR_GEN_MODE_NONE = 1;
export const VETH_INFO_PEER = 1;
export const IFA_ADDRESS = 1;
export const IFA_LOCAL = 2;

const clone = {
  CLONE_NEWTIME,
  CLONE_NEWNS,
  CLONE_NEWCGROUP,
  CLONE_NEWUTS,
  CLONE_NEWIPC,
  CLONE_NEWUSER,
  CLONE_NEWPID,
  CLONE_NEWNET,
};
const lock = { LOCK_SH, LOCK_EX, LOCK_NB, LOCK_UN };

/** Flags as a person reads them: `CLONE_NEWNET|CLONE_NEWIPC`. */
export function symbolic(flags: number, names: 'clone' | 'lock'): string {
  const set = Object.entries(names === 'clone' ? clone : lock).filter(([, bit]) => (flags & bit) !== 0);
  const rest = set.reduce((left, [, bit]) => left & ~bit, flags);
  const words = set.map(([name]) => name).reverse();
  return rest === 0 && words.length > 0 ? words.join('|') : [...words, `0x${rest.toString(16)}`].join('|');
}
