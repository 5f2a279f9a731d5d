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

// include/uapi/linux/close_range.h
export const CLOSE_RANGE_CLOEXEC = 1 << 2;

// include/uapi/linux/nsfs.h: _IO(0xb7, 1) and _IO(0xb7, 2)
export const NS_GET_USERNS = 0xb701;
export const NS_GET_PARENT = 0xb702;

// include/linux/socket.h, include/uapi/linux/netlink.h
export const AF_NETLINK = 16;
export const SOCK_RAW = 3;
export const MSG_DONTWAIT = 0x40;
export const NETLINK_ROUTE = 0;
export const NLM_F_REQUEST = 1;
export const NLMSG_ERROR = 2;

// include/uapi/linux/rtnetlink.h, include/uapi/linux/net_namespace.h
export const RTM_GETNSID = 90;
export const NETNSA_NSID = 1;
export const NETNSA_FD = 3;

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
