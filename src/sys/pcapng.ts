import { textOf } from './netlink/reader.ts';

// draft-ietf-opsawg-pcapng: blocks of a type, a length, a body, and the length again, in the byte order of the section.

/** One packet of a capture. */
export interface CapturedPacket {
  /** Nanoseconds since 1970. */
  readonly time: bigint;
  readonly link: CapturedLink;
  readonly direction: 'In' | 'Out';
  readonly bytes: Buffer;
  /** As it was, also where less was captured. */
  readonly length: number;
}

export interface CapturedLink {
  readonly name: string;
  /** https://www.tcpdump.org/linktypes.html */
  readonly type: number;
}

export const LINKTYPE_RAW = 101;

/** Addresses and what they are called. */
export type NamedAddresses = ReadonlyArray<readonly [bytes: Buffer, name: string]>;

/** The begin of a file: the section, and who is who. */
export function sectionHead(
  about: { readonly os: string; readonly application: string; readonly comment: string },
  names: NamedAddresses,
): Buffer {
  const magic = Buffer.alloc(16, 0xff);
  magic.writeUInt32LE(0x1a2b3c4d, 0);
  // Version 1.0, and a length that is not known yet.
  magic.writeUInt16LE(1, 4);
  magic.writeUInt16LE(0, 6);
  const options = [
    field(OPT_COMMENT, Buffer.from(about.comment)),
    field(SHB_OS, Buffer.from(about.os)),
    field(SHB_USERAPPL, Buffer.from(about.application)),
    END,
  ];
  const records = names.map(([bytes, name]) =>
    field(bytes.length === 4 ? NRB_IPV4 : NRB_IPV6, Buffer.concat([bytes, Buffer.from(`${name}\0`)])),
  );
  return Buffer.concat([
    block(SECTION, [magic, ...options]),
    ...(names.length > 0 ? [block(NAMES, [...records, END])] : []),
  ]);
}

/** Reads what `relay` writes, in whatever pieces it comes. */
export class PcapngReader {
  #rest: Buffer = Buffer.alloc(0);
  readonly #links: CapturedLink[] = [];

  /** The packets that are complete with this piece. */
  read(piece: Buffer): CapturedPacket[] {
    const bytes = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    const packets: CapturedPacket[] = [];
    let at = 0;
    while (at + 12 <= bytes.length) {
      const length = bytes.readUInt32LE(at + 4);
      if (length < 12 || at + length > bytes.length) break;
      const body = bytes.subarray(at + 8, at + length - 4);
      const type = bytes.readUInt32LE(at);
      if (type === INTERFACE) this.#links.push(toLink(body));
      else if (type === PACKET) packets.push(toPacket(body, this.#links));
      at += length;
    }
    this.#rest = bytes.subarray(at);
    return packets;
  }
}

function toLink(body: Buffer): CapturedLink {
  return { type: body.readUInt16LE(0), name: textOf(options(body, 8).get(IF_NAME)) ?? '' };
}

function toPacket(body: Buffer, links: readonly CapturedLink[]): CapturedPacket {
  const captured = body.readUInt32LE(12);
  const flags = options(body, 20 + padded(captured)).get(EPB_FLAGS);
  return {
    link: links[body.readUInt32LE(0)] ?? { name: '?', type: 0 },
    time: (BigInt(body.readUInt32LE(4)) << 32n) | BigInt(body.readUInt32LE(8)),
    direction: ((flags?.readUInt32LE(0) ?? 0) & 3) === OUTBOUND ? 'Out' : 'In',
    bytes: body.subarray(20, 20 + captured),
    length: body.readUInt32LE(16),
  };
}

function options(body: Buffer, from: number): ReadonlyMap<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (let at = from; at + 4 <= body.length; ) {
    const [code, length] = [body.readUInt16LE(at), body.readUInt16LE(at + 2)];
    if (code === 0) break;
    found.set(code, body.subarray(at + 4, at + 4 + length));
    at += 4 + padded(length);
  }
  return found;
}

function block(type: number, parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(8);
  head.writeUInt32LE(type, 0);
  head.writeUInt32LE(body.length + 12, 4);
  return Buffer.concat([head, body, head.subarray(4)]);
}

/** An option, or a record of a name: they are laid out alike. */
function field(code: number, value: Buffer): Buffer {
  const bytes = Buffer.alloc(4 + padded(value.length));
  bytes.writeUInt16LE(code, 0);
  bytes.writeUInt16LE(value.length, 2);
  value.copy(bytes, 4);
  return bytes;
}

function padded(length: number): number {
  return (length + 3) & ~3;
}

const SECTION = 0x0a0d0d0a;
const INTERFACE = 1;
const NAMES = 4;
const PACKET = 6;
const OPT_COMMENT = 1;
const SHB_OS = 3;
const SHB_USERAPPL = 4;
const IF_NAME = 2;
const EPB_FLAGS = 2;
const OUTBOUND = 2;
const NRB_IPV4 = 1;
const NRB_IPV6 = 2;
/** opt_endofopt, nrb_record_end */
const END = Buffer.alloc(4);
