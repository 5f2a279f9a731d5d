import { nsidOf } from '../sys/netlink/nsid.ts';
import type { NetlinkSocket } from '../sys/netlink/socket.ts';

/**
 * Which namespaces are meant by the numbers that the links of the socket's namespace bear. Each is asked for by an open
 * descriptor, so the answer is the kernel's own: two that look alike in every name and index are told apart.
 * `candidates`, by inode, are tried in order, until all numbers are found.
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
