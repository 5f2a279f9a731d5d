import { nsidOf } from '../sys/netlink/nsid.ts';
import type { NetlinkSocket } from '../sys/netlink/socket.ts';

/**
 * Maps the nsids (IFLA_LINK_NETNSID) of the socket's namespace to inodes: asks the kernel for the nsid of each candidate's
 * open descriptor (RTM_GETNSID), so namespaces with equal names and indices are told apart. Stops when all are found.
 */
export function resolveNsids(
  socket: NetlinkSocket,
  wanted: ReadonlySet<number>,
  candidates: ReadonlyMap<number, { readonly fd: number }>,
): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  if (wanted.size === 0) return found;
  for (const [inode, { fd }] of candidates) {
    const nsid = nsidOf(socket, fd);
    if (nsid === undefined || !wanted.has(nsid)) continue;
    found.set(nsid, inode);
    if (found.size === wanted.size) break;
  }
  return found;
}
