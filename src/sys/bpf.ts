import * as c from './constants.ts';

/** One instruction of classic BPF: struct sock_filter. include/uapi/linux/filter.h */
export interface Instruction {
  readonly code: number;
  /** How many instructions a jump skips where its condition holds, and where not. */
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

// include/uapi/linux/bpf_common.h: a class, a size and a mode of addressing, or an operation, each.
export const LOAD_WORD = 0x20;
export const LOAD_HALF = 0x28;
export const LOAD_BYTE = 0x30;
/** The half behind the index register. */
export const LOAD_HALF_INDEXED = 0x48;
/** Four times the low nibble of a byte into the index register: the length of an IPv4 header. */
export const LOAD_HEADER_LENGTH = 0xb1;
export const AND = 0x54;
export const JUMP = 0x05;
export const JUMP_EQUAL = 0x15;
/** Where a bit is set. */
export const JUMP_SET = 0x45;
export const RETURN = 0x06;

/** include/uapi/linux/filter.h: what the kernel knows of a packet beside its bytes, and where its network header begins. */
const SKF_AD_OFF = -0x1000;
export const PROTOCOL = unsigned(SKF_AD_OFF + 0);
export const PACKET_TYPE = unsigned(SKF_AD_OFF + 4);
export const HARDWARE_TYPE = unsigned(SKF_AD_OFF + 28);
export const NETWORK_HEADER = unsigned(-0x100000);

/** BPF_MAXINSNS. include/uapi/linux/bpf_common.h */
export const LONGEST = 4096;

/** What a filter returns of a packet that is wanted: all of it. */
export const WHOLE = 0x40000;

/**
 * The loopback shows each packet twice, as it leaves and as it arrives; once is enough. Jumps are relative, so any program can stand
 * behind.
 */
export const WITHOUT_LOOPBACK_TWINS: readonly Instruction[] = [
  { code: LOAD_WORD, jt: 0, jf: 0, k: HARDWARE_TYPE },
  { code: JUMP_EQUAL, jt: 0, jf: 3, k: c.ARPHRD_LOOPBACK },
  { code: LOAD_WORD, jt: 0, jf: 0, k: PACKET_TYPE },
  { code: JUMP_EQUAL, jt: 0, jf: 1, k: c.PACKET_OUTGOING },
  { code: RETURN, jt: 0, jf: 0, k: 0 },
];

/** An array of struct sock_filter. */
export function encode(program: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(8 * program.length);
  for (const [at, { code, jt, jf, k }] of program.entries()) {
    bytes.writeUInt16LE(code, 8 * at);
    bytes.writeUInt8(jt, 8 * at + 2);
    bytes.writeUInt8(jf, 8 * at + 3);
    bytes.writeUInt32LE(k, 8 * at + 4);
  }
  return bytes;
}

function unsigned(value: number): number {
  return value >>> 0;
}
