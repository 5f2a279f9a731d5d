import * as c from '../sys/constants.ts';
import { readAttributes, u32Of } from '../sys/netlink/reader.ts';
import type { Message, NetlinkSocket } from '../sys/netlink/socket.ts';

/** The packet that a route is looked up for. `iif`: the index of the interface that it came in by; undefined where it starts. */
export interface RoutedPacket {
  readonly from: string | undefined;
  readonly to: string;
  readonly iif: { readonly index: number; readonly name: string } | undefined;
}

export type RouteLookup =
  | { readonly gateway: string | undefined; readonly device: number | undefined }
  /** ENETUNREACH: no route; EXDEV: the reverse path filter; EHOSTUNREACH: not forwarded, or an unreachable route; EINVAL: a blackhole. */
  | { readonly errno: number };

/** Equivalent to: `ip route get TO from FROM iif IIF`: the kernel's own decision for such a packet. */
export function lookUpRoute(
  socket: NetlinkSocket,
  { from, to, iif }: RoutedPacket,
  shell: string,
): RouteLookup {
  const message: Message = {
    type: c.RTM_GETROUTE,
    flags: 0,
    asks: 'this',
    body: (write) => {
      // struct rtmsg: family, lengths of destination and source, TOS, table, protocol, scope, type, flags
      write.fixed(
        [1, c.AF_INET],
        [1, 32],
        [1, from ? 32 : 0],
        [1, 0],
        [1, 0],
        [1, 0],
        [1, 0],
        [1, 0],
        [4, 0],
      );
      write.bytes(c.RTA_DST, bytesOf(to));
      if (from) write.bytes(c.RTA_SRC, bytesOf(from));
      if (iif) write.u32(c.RTA_IIF, iif.index);
    },
  };
  const words = [to, ...(from ? ['from', from] : []), ...(iif ? ['iif', iif.name] : [])].join(' ');
  const { answers, refusal } = socket.exchange([message], {
    args: `{RTM_GETROUTE ${words}}`,
    equivalent: `${shell}ip route get ${words}`,
    purpose: 'which way the kernel sends such a packet, or why it does not',
  });
  if (refusal) return { errno: refusal.errno };
  const attributes = readAttributes(answers[0]?.body ?? Buffer.alloc(0), 12);
  return { gateway: attributes.get(c.RTA_GATEWAY)?.join('.'), device: u32Of(attributes.get(c.RTA_OIF)) };
}

/** Whether no machine on that link has answered ARP for an address. Equivalent to: `ip neigh get ADDRESS dev DEVICE` */
export function hasNoNeighbour(
  socket: NetlinkSocket,
  address: string,
  device: { readonly index: number; readonly name: string },
  shell: string,
): boolean {
  const message: Message = {
    type: c.RTM_GETNEIGH,
    flags: 0,
    asks: 'if there',
    body: (write) => {
      // struct ndmsg: family, padding, index, state, flags, type
      write.fixed([1, c.AF_INET], [1, 0], [2, 0], [4, device.index], [2, 0], [1, 0], [1, 0]);
      write.bytes(c.NDA_DST, bytesOf(address));
    },
  };
  const [answer] = socket.ask(message, {
    args: `{RTM_GETNEIGH ${address} dev ${device.name}}`,
    equivalent: `${shell}ip neigh get ${address} dev ${device.name}`,
    purpose: 'whether that address has answered ARP',
  });
  const state = answer?.body.readUInt16LE(8) ?? 0;
  return (state & (c.NUD_FAILED | c.NUD_INCOMPLETE)) !== 0;
}

function bytesOf(address: string): Buffer {
  return Buffer.from(address.split('.').map(Number));
}
