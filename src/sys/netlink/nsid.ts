import * as c from '../constants.ts';
import { readAttributes } from './reader.ts';
import type { Message, NetlinkSocket } from './socket.ts';
import type { Writer } from './writer.ts';

/**
 * The number by which the socket's network namespace knows the one behind `fd`; undefined when it has none for it. By
 * that number, a nsid, a link says in which namespace its other end is. Equivalent to: `ip netns list-id`, which
 * knows only namespaces that have a name.
 */
export function nsidOf(socket: NetlinkSocket, fd: number): number | undefined {
  const message: Message = {
    type: c.RTM_GETNSID,
    flags: 0,
    asks: 'if there',
    body: (write: Writer) => {
      // struct rtgenmsg
      write.fixed([1, c.AF_UNSPEC]);
      write.u32(c.NETNSA_FD, fd);
    },
  };
  const [answer] = socket.ask(message, {
    args: `{RTM_GETNSID, NETNSA_FD=${fd}}`,
    purpose: 'the number by which links of this namespace name that one',
  });
  const value = answer && readAttributes(answer.body, 4).get(c.NETNSA_NSID);
  const nsid = value?.readInt32LE(0) ?? -1;
  return nsid < 0 ? undefined : nsid;
}
