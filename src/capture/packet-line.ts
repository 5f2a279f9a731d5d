import { timeOfDay } from '../render/event-line.ts';
import type { CapturedPacket } from '../sys/pcapng.ts';
import type { Decoded, Endpoint } from './decode.ts';

/** What an address is called: `pod web`. */
export type NameOf = (address: string) => string | undefined;

/** `12:34:56.789012 eth0 Out tcp 10.244.0.2:41234 (pod web) > 10.244.0.3:80 (pod db) [S] length 0` */
export function packetLine(
  packet: CapturedPacket,
  { protocol, from, to, says, length }: Decoded,
  nameOf: NameOf,
  width: number,
): string {
  const ends = from && to ? `${inWords(from, nameOf)} > ${inWords(to, nameOf)}` : '';
  const cut =
    packet.length > packet.bytes.length ? ` (captured ${packet.bytes.length} of ${packet.length})` : '';
  return [
    timeOfDay(packet.time),
    packet.link.name.padEnd(width),
    packet.direction.padEnd(3),
    protocol.padEnd(4),
    ends,
    says,
    length === undefined ? '' : `length ${length}${cut}`,
  ]
    .filter((word) => word !== '')
    .join(' ');
}

function inWords({ address, port }: Endpoint, nameOf: NameOf): string {
  const name = nameOf(address);
  const host = port === undefined ? address : address.includes(':') ? `[${address}]` : address;
  return `${host}${port === undefined ? '' : `:${port}`}${name === undefined ? '' : ` (${name})`}`;
}
