import { SocketAddress } from 'node:net';
import * as c from '../sys/constants.ts';
import { LINKTYPE_RAW } from '../sys/pcapng.ts';

/** What the headers of a packet say. */
export interface Decoded {
  /** `tcp`, `udp`, `icmp`, `arp`; a number where it has no name here. */
  readonly protocol: string;
  readonly from: Endpoint | undefined;
  readonly to: Endpoint | undefined;
  /** `[S.]`, `echo request`, `who-has 10.244.0.3`. */
  readonly says: string;
  /** Bytes behind the headers; undefined where the headers are all that is known. */
  readonly length: number | undefined;
}

export interface Endpoint {
  readonly address: string;
  readonly port?: number;
}

/** Decodes a packet as far as it was captured. Whatever it says, nothing is thrown. */
export function decode(bytes: Buffer, linkType: number): Decoded {
  try {
    if (linkType === LINKTYPE_RAW) return bytes.readUInt8(0) >> 4 === 6 ? ipv6(bytes) : ipv4(bytes);
    return ethernet(bytes.readUInt16BE(12), bytes.subarray(14));
  } catch {
    return { ...UNKNOWN, protocol: '?', says: 'truncated', length: bytes.length };
  }
}

const UNKNOWN = { from: undefined, to: undefined };

function ethernet(type: number, payload: Buffer): Decoded {
  switch (type) {
    case c.ETH_P_IP:
      return ipv4(payload);
    case c.ETH_P_IPV6:
      return ipv6(payload);
    case c.ETH_P_ARP:
      return arp(payload);
    case VLAN:
    case VLAN_OF_PROVIDERS: {
      const inner = ethernet(payload.readUInt16BE(2), payload.subarray(4));
      return { ...inner, says: `vlan ${payload.readUInt16BE(0) & 0x0fff} ${inner.says}`.trim() };
    }
    default: {
      // IEEE 802.3: below 0x600 it is a length, and LLC follows (STP of a bridge).
      const says = type < 0x600 ? 'llc' : `ethertype 0x${type.toString(16).padStart(4, '0')}`;
      return { ...UNKNOWN, protocol: 'ether', says, length: payload.length };
    }
  }
}

/** RFC 826 */
function arp(bytes: Buffer): Decoded {
  const [from, to] = [quad(bytes, 14), quad(bytes, 24)];
  const isReply = bytes.readUInt16BE(6) === 2;
  const mac = bytes
    .subarray(8, 14)
    .toString('hex')
    .replace(/..(?=.)/g, '$&:');
  return {
    protocol: 'arp',
    from: { address: from },
    to: { address: to },
    says: isReply ? `is-at ${mac}` : `who-has ${to}`,
    length: undefined,
  };
}

/** RFC 791 */
function ipv4(bytes: Buffer): Decoded {
  const header = (bytes.readUInt8(0) & 0x0f) * 4;
  const total = bytes.readUInt16BE(2);
  const fragment = bytes.readUInt16BE(6);
  const ends = { from: quad(bytes, 12), to: quad(bytes, 16) };
  const protocol = bytes.readUInt8(9);
  // Of a large segment that the device cuts later, the length may be 0.
  const payload = bytes.subarray(header, total === 0 ? undefined : total);
  if ((fragment & 0x1fff) !== 0)
    return {
      protocol: NAMES[protocol] ?? String(protocol),
      from: { address: ends.from },
      to: { address: ends.to },
      says: `fragment at ${(fragment & 0x1fff) * 8}`,
      length: payload.length,
    };
  return transport(protocol, { ...ends, payload, length: (total || bytes.length) - header });
}

/** RFC 8200. Extension headers are passed over. */
function ipv6(bytes: Buffer): Decoded {
  const ends = { from: six(bytes, 8), to: six(bytes, 24) };
  const total = bytes.readUInt16BE(4) || bytes.length - 40;
  let next = bytes.readUInt8(6);
  let at = 40;
  while (EXTENSIONS.has(next)) {
    const length = next === FRAGMENT ? 8 : (bytes.readUInt8(at + 1) + 1) * 8;
    next = bytes.readUInt8(at);
    at += length;
  }
  return transport(next, { ...ends, payload: bytes.subarray(at, 40 + total), length: 40 + total - at });
}

interface Datagram {
  readonly from: string;
  readonly to: string;
  readonly payload: Buffer;
  /** Of the payload, also where less was captured. */
  readonly length: number;
}

function transport(protocol: number, { from, to, payload, length }: Datagram): Decoded {
  const name = NAMES[protocol] ?? String(protocol);
  if (protocol === c.IPPROTO_TCP || protocol === c.IPPROTO_UDP || protocol === c.IPPROTO_SCTP) {
    const header =
      protocol === c.IPPROTO_TCP ? (payload.readUInt8(12) >> 4) * 4 : protocol === c.IPPROTO_UDP ? 8 : 12;
    return {
      protocol: name,
      from: { address: from, port: payload.readUInt16BE(0) },
      to: { address: to, port: payload.readUInt16BE(2) },
      says: protocol === c.IPPROTO_TCP ? flags(payload.readUInt8(13)) : '',
      length: length - header,
    };
  }
  const ends = { from: { address: from }, to: { address: to } };
  const messages = protocol === c.IPPROTO_ICMP ? ICMP : protocol === c.IPPROTO_ICMPV6 ? ICMPV6 : undefined;
  if (!messages) return { protocol: name, ...ends, says: '', length };
  const [type, code] = [payload.readUInt8(0), payload.readUInt8(1)];
  const words = messages[type] ?? `type ${type}`;
  const echo = words.startsWith('echo');
  const says = echo
    ? `${words} id ${payload.readUInt16BE(4)} seq ${payload.readUInt16BE(6)}`
    : code === 0
      ? words
      : `${words}, code ${code}`;
  return { protocol: name, ...ends, says, length };
}

/** As tcpdump writes them: `[S.]`. */
function flags(bits: number): string {
  const set = FLAGS.filter((_, at) => bits & (1 << at)).join('');
  return `[${set === '' ? 'none' : set}]`;
}

/** FIN, SYN, RST, PSH, ACK, URG, ECE, CWR. RFC 9293 */
const FLAGS = ['F', 'S', 'R', 'P', '.', 'U', 'E', 'W'];

const NAMES: Readonly<Record<number, string>> = {
  [c.IPPROTO_ICMP]: 'icmp',
  2: 'igmp',
  [c.IPPROTO_TCP]: 'tcp',
  [c.IPPROTO_UDP]: 'udp',
  47: 'gre',
  50: 'esp',
  [c.IPPROTO_ICMPV6]: 'icmp6',
  [c.IPPROTO_SCTP]: 'sctp',
};

/** RFC 792 */
const ICMP: Readonly<Record<number, string>> = {
  0: 'echo reply',
  3: 'unreachable',
  5: 'redirect',
  8: 'echo request',
  11: 'time exceeded',
};

/** RFC 4443, 4861, 3810 */
const ICMPV6: Readonly<Record<number, string>> = {
  1: 'unreachable',
  2: 'packet too big',
  3: 'time exceeded',
  128: 'echo request',
  129: 'echo reply',
  133: 'router solicitation',
  134: 'router advertisement',
  135: 'neighbor solicitation',
  136: 'neighbor advertisement',
  143: 'multicast listener report',
};

const VLAN = 0x8100;
const VLAN_OF_PROVIDERS = 0x88a8;
const FRAGMENT = 44;
/** Hop-by-hop, routing, fragment, destination options. */
const EXTENSIONS = new Set([0, 43, FRAGMENT, 60]);

function quad(bytes: Buffer, at: number): string {
  return `${bytes.readUInt8(at)}.${bytes.readUInt8(at + 1)}.${bytes.readUInt8(at + 2)}.${bytes.readUInt8(at + 3)}`;
}

/** SocketAddress shortens an IPv6 address as inet_ntop(3) does. */
function six(bytes: Buffer, at: number): string {
  if (bytes.length < at + 16) throw new RangeError('truncated');
  const address = bytes
    .subarray(at, at + 16)
    .toString('hex')
    .replace(/....(?=.)/g, '$&:');
  return new SocketAddress({ family: 'ipv6', address }).address;
}
