import * as bpf from '../../src/sys/bpf.ts';
import { WHOLE } from '../../src/sys/bpf.ts';

/** A packet as the kernel shows it to a filter: its bytes from the network header on, and what stands beside them. */
export interface SeenPacket {
  readonly protocol: number;
  readonly bytes: Buffer;
  /** ARPHRD_LOOPBACK: 772 */
  readonly hardware?: number;
  /** PACKET_OUTGOING: 4 */
  readonly type?: number;
}

/** Runs a program of classic BPF by the rules of bpf(4), without the kernel. Throws where the kernel would refuse the program. */
export function isWanted(program: readonly bpf.Instruction[], packet: SeenPacket): boolean {
  let [a, x] = [0, 0];
  for (let at = 0; ; at++) {
    const instruction = program[at];
    if (!instruction) throw new Error(`it runs out of its end, at ${at} of ${program.length}`);
    const { code, jt, jf, k } = instruction;
    const loaded = (size: 1 | 2 | 4, index = 0) => {
      if (k === bpf.PROTOCOL) return packet.protocol;
      if (k === bpf.HARDWARE_TYPE) return packet.hardware ?? 1;
      if (k === bpf.PACKET_TYPE) return packet.type ?? 0;
      const offset = k - bpf.NETWORK_HEADER + index;
      if (offset < 0) throw new Error(`it loads from ${k}`);
      // Behind the end the kernel ends the program: the packet is not wanted.
      return offset + size > packet.bytes.length ? undefined : packet.bytes.readUIntBE(offset, size);
    };
    let value: number | undefined = 0;
    if (code === bpf.LOAD_WORD) value = a = loaded(4) as number;
    else if (code === bpf.LOAD_HALF) value = a = loaded(2) as number;
    else if (code === bpf.LOAD_BYTE) value = a = loaded(1) as number;
    else if (code === bpf.LOAD_HALF_INDEXED) value = a = loaded(2, x) as number;
    else if (code === bpf.LOAD_HEADER_LENGTH) {
      value = loaded(1);
      x = 4 * ((value ?? 0) & 0xf);
    } else if (code === bpf.AND) a = (a & k) >>> 0;
    else if (code === bpf.JUMP) at += k;
    else if (code === bpf.JUMP_EQUAL) at += a === k ? jt : jf;
    else if (code === bpf.JUMP_SET) at += (a & k) !== 0 ? jt : jf;
    else if (code === bpf.RETURN) return k === WHOLE;
    else throw new Error(`no such instruction: ${code}`);
    if (value === undefined) return false;
  }
}
