import { NLA_F_NESTED, NLM_F_REQUEST } from '../constants.ts';

/** More than any batch of ours: a hundred messages of at most 300 bytes (a link's alias ends at 255). */
const ROOM = 64 * 1024;

/** One buffer for all, because each is sent and answered before the next is written. */
const buffer = Buffer.alloc(ROOM);

/** A message's header. netlink(7) */
export interface Header {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
}

/**
 * Writes messages one after the other, as send(2) takes them: struct nlmsghdr, the fixed part of their family, and
 * attributes, each aligned to four bytes. Numbers are of this machine's byte order, which is little-endian wherever
 * Node runs on Linux.
 */
export class Writer {
  #at = 0;

  message({ type, flags, sequence }: Header, body: () => void): void {
    const start = this.#skip(HEADER);
    body();
    buffer.writeUInt32LE(this.#at - start, start);
    buffer.writeUInt16LE(type, start + 4);
    buffer.writeUInt16LE(flags | NLM_F_REQUEST, start + 6);
    buffer.writeUInt32LE(sequence, start + 8);
    buffer.writeUInt32LE(0, start + 12);
  }

  /** The fixed part that follows the header: bytes, shorts and words, each with its size. */
  fixed(...fields: ReadonlyArray<readonly [size: 1 | 2 | 4, value: number]>): void {
    const length = fields.reduce((sum, [size]) => sum + size, 0);
    let at = this.#skip(length);
    for (const [size, value] of fields) {
      buffer.writeUIntLE(value, at, size);
      at += size;
    }
    this.#align();
  }

  u8(type: number, value: number): void {
    this.#attribute(type, 1, (at) => buffer.writeUInt8(value, at));
  }

  u32(type: number, value: number): void {
    this.#attribute(type, 4, (at) => buffer.writeUInt32LE(value, at));
  }

  /** In network order, as netfilter has its numbers. */
  u32be(type: number, value: number): void {
    this.#attribute(type, 4, (at) => buffer.writeInt32BE(value | 0, at));
  }

  /** With its NUL, as the kernel's names are. */
  text(type: number, value: string): void {
    const bytes = Buffer.from(`${value}\0`);
    this.bytes(type, bytes);
  }

  bytes(type: number, value: Uint8Array): void {
    this.#attribute(type, value.length, (at) => buffer.set(value, at));
  }

  nested(type: number, body: () => void): void {
    const start = this.#skip(ATTRIBUTE);
    body();
    buffer.writeUInt16LE(this.#at - start, start);
    buffer.writeUInt16LE(type | NLA_F_NESTED, start + 2);
  }

  /** All that was written, in the one buffer: to be sent before anything else is written. */
  get written(): Buffer {
    return buffer.subarray(0, this.#at);
  }

  #attribute(type: number, length: number, write: (at: number) => void): void {
    const start = this.#skip(ATTRIBUTE + length);
    buffer.writeUInt16LE(ATTRIBUTE + length, start);
    buffer.writeUInt16LE(type, start + 2);
    write(start + ATTRIBUTE);
    this.#align();
  }

  /** Leaves room; what an earlier message has left there is wiped. */
  #skip(length: number): number {
    const start = this.#at;
    this.#at += length;
    buffer.fill(0, start, this.#at + 3);
    return start;
  }

  #align(): void {
    this.#at = (this.#at + 3) & ~3;
  }
}

/** struct nlmsghdr, struct nlattr. include/uapi/linux/netlink.h */
const HEADER = 16;
const ATTRIBUTE = 4;
