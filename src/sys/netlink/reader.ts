import { NLA_TYPE_MASK } from '../constants.ts';

/** A message from the kernel: what follows its header. */
export interface Answer {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly body: Buffer;
}

/** Attributes by their number. Of one that comes twice the last counts: no answer that we read has such. */
export type Attributes = ReadonlyMap<number, Buffer>;

/** The messages in what one recv(2) gave. Each is a copy: the buffer is used again for the next. */
export function readAnswers(received: Buffer): Answer[] {
  const answers: Answer[] = [];
  for (let at = 0; at + HEADER <= received.length; ) {
    const length = received.readUInt32LE(at);
    if (length < HEADER) break;
    answers.push({
      type: received.readUInt16LE(at + 4),
      flags: received.readUInt16LE(at + 6),
      sequence: received.readUInt32LE(at + 8),
      body: Buffer.from(received.subarray(at + HEADER, at + length)),
    });
    at += aligned(length);
  }
  return answers;
}

/** The attributes from an offset on, behind a message's fixed part. */
export function readAttributes(body: Buffer, from = 0): Attributes {
  const found = new Map<number, Buffer>();
  for (let at = aligned(from); at + ATTRIBUTE <= body.length; ) {
    const length = body.readUInt16LE(at);
    if (length < ATTRIBUTE) break;
    found.set(body.readUInt16LE(at + 2) & NLA_TYPE_MASK, body.subarray(at + ATTRIBUTE, at + length));
    at += aligned(length);
  }
  return found;
}

/** A string without its NUL. */
export function textOf(value: Buffer | undefined): string | undefined {
  return value?.toString('utf8').replace(/\0.*$/s, '');
}

export function u32Of(value: Buffer | undefined): number | undefined {
  return value && value.length >= 4 ? value.readUInt32LE(0) : undefined;
}

function aligned(length: number): number {
  return (length + 3) & ~3;
}

const HEADER = 16;
const ATTRIBUTE = 4;
