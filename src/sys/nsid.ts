import * as c from './constants.ts';
import { invoke, type Kernel } from './invoke.ts';

/** A socket for questions to the network namespace that this thread is in now: it stays with that one. rtnetlink(7) */
export function openRouteSocket(kernel: Kernel): number {
  return invoke(kernel, {
    name: 'socket',
    // SOCK_CLOEXEC is O_CLOEXEC: include/linux/net.h
    raw: [c.AF_NETLINK, c.SOCK_RAW | c.O_CLOEXEC, c.NETLINK_ROUTE],
    args: 'AF_NETLINK, SOCK_RAW|SOCK_CLOEXEC, NETLINK_ROUTE',
  });
}

/**
 * The number by which the socket's network namespace knows the one behind `fd`; undefined when it has none for it. By
 * that number, a nsid, a link says in which namespace its other end is. Equivalent to: `ip netns list-id`, which
 * knows only namespaces that have a name.
 */
export function nsidOf(kernel: Kernel, socket: number, fd: number): number | undefined {
  const request = Buffer.alloc(REQUEST);
  request.writeUInt32LE(REQUEST, 0);
  request.writeUInt16LE(c.RTM_GETNSID, 4);
  request.writeUInt16LE(c.NLM_F_REQUEST, 6);
  // struct nlmsghdr (16 bytes), struct rtgenmsg (1, padded to 4), one attribute (4 of header, 4 of value)
  request.writeUInt16LE(8, 20);
  request.writeUInt16LE(c.NETNSA_FD, 22);
  request.writeInt32LE(fd, 24);
  invoke(kernel, {
    name: 'send',
    raw: [socket, request, REQUEST, 0],
    args: `${socket}, {RTM_GETNSID, NETNSA_FD=${fd}}, ${REQUEST}, 0`,
  });
  // The kernel has answered within send(2): there is nothing to wait for.
  const answer = Buffer.alloc(256);
  const length = invoke(kernel, {
    name: 'recv',
    raw: [socket, answer, answer.length, c.MSG_DONTWAIT],
    args: `${socket}, answer, ${answer.length}, MSG_DONTWAIT`,
  });
  return readNsid(answer.subarray(0, length));
}

const REQUEST = 28;

function readNsid(answer: Buffer): number | undefined {
  if (answer.readUInt16LE(4) === c.NLMSG_ERROR) return undefined;
  for (let at = 20; at + 8 <= answer.length; at += (answer.readUInt16LE(at) + 3) & ~3) {
    if (answer.readUInt16LE(at) < 4) break;
    if (answer.readUInt16LE(at + 2) !== c.NETNSA_NSID) continue;
    const nsid = answer.readInt32LE(at + 4);
    return nsid < 0 ? undefined : nsid;
  }
  return undefined;
}
