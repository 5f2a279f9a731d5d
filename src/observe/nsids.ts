import type { Kernel } from '../sys/invoke.ts';
import { nsidOf } from '../sys/netlink/nsid.ts';
import { NetlinkSocket } from '../sys/netlink/socket.ts';
import { type Room, runInside } from './rooms.ts';

/**
 * Which namespaces are meant by the numbers that the links of one namespace bear. Each is asked for by an open
 * descriptor, so the answer is the kernel's own: two that look alike in every name and index are told apart.
 * `candidates` is tried in order, until all numbers are found.
 */
export function resolveNsids(
  kernel: Kernel,
  room: Room,
  wanted: ReadonlySet<number>,
  candidates: Iterable<readonly [inode: number, fd: number]>,
): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  if (wanted.size === 0) return found;
  // A netlink socket stays with the namespace in which it was opened; what is asked through it is asked from home.
  const socket = runInside(kernel, room, () => NetlinkSocket.open(kernel));
  try {
    for (const [inode, candidate] of candidates) {
      const nsid = nsidOf(socket, candidate);
      if (nsid === undefined || !wanted.has(nsid)) continue;
      found.set(nsid, inode);
      if (found.size === wanted.size) break;
    }
  } finally {
    socket.close();
  }
  return found;
}
