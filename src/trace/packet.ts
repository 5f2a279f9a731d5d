import { IPPROTO_ICMP, IPPROTO_TCP, IPPROTO_UDP } from '../sys/constants.ts';

/** What the headers of a traced IPv4 packet say. */
export interface Packet {
  readonly protocol: number;
  readonly id: number;
  readonly ttl: number;
  readonly dscp: number;
  readonly from: string;
  readonly to: string;
  /** Of TCP and UDP. */
  readonly ports?: { readonly from: number; readonly to: number };
  readonly icmp?: {
    readonly type: number;
    readonly code: number;
    /** The identifier of an echo. */
    readonly echo: number;
    /** Of the packet that an error is about. */
    readonly aboutId: number | undefined;
  };
}

/** RFC 791, 792. Undefined for another version of IP. */
export function toPacket(network: Buffer, transport: Buffer = Buffer.alloc(0)): Packet | undefined {
  if (network.length < 20 || network.readUInt8(0) >> 4 !== 4) return undefined;
  const protocol = network.readUInt8(9);
  const hasPorts = (protocol === IPPROTO_TCP || protocol === IPPROTO_UDP) && transport.length >= 4;
  return {
    protocol,
    id: network.readUInt16BE(4),
    ttl: network.readUInt8(8),
    dscp: network.readUInt8(1) >> 2,
    from: network.subarray(12, 16).join('.'),
    to: network.subarray(16, 20).join('.'),
    ...(hasPorts && { ports: { from: transport.readUInt16BE(0), to: transport.readUInt16BE(2) } }),
    ...(protocol === IPPROTO_ICMP && transport.length >= 8 && { icmp: icmpOf(transport) }),
  };
}

function icmpOf(transport: Buffer): NonNullable<Packet['icmp']> {
  const type = transport.readUInt8(0);
  const isError = type !== 0 && type !== 8;
  return {
    type,
    code: transport.readUInt8(1),
    echo: transport.readUInt16BE(4),
    // Behind its own eight bytes the header of that packet begins.
    aboutId: isError && transport.length >= 14 ? transport.readUInt16BE(12) : undefined,
  };
}

/** `10.244.0.2:41234 → 10.244.0.3:80`: what address translation changes. */
export function flowOf({ from, to, ports }: Packet): string {
  return ports ? `${from}:${ports.from} → ${to}:${ports.to}` : `${from} → ${to}`;
}
