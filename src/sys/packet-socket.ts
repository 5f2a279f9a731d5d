import { encode, type Instruction } from './bpf.ts';
import * as c from './constants.ts';
import { invoke, type Kernel } from './invoke.ts';

/** A ring of 32 MB: at ten thousand packets of full size a second, two seconds without a reader. */
export const RING = { size: 1 << 18, blocks: 128 } as const;

/** Milliseconds until a block that is not full is handed over. */
const RETIRE = 20;

/**
 * packet(7): a socket that gets a copy of each packet, when it is bound. It belongs to the network namespace in which it is opened, so
 * this is called in a window, and `bindPacketSocket` at home.
 */
export function openPacketSocket(kernel: Kernel): number {
  return invoke(kernel, {
    name: 'socket',
    // SOCK_CLOEXEC is O_CLOEXEC: include/linux/net.h. Of protocol 0 it gets nothing yet.
    raw: [c.AF_PACKET, c.SOCK_RAW | c.O_CLOEXEC, 0],
    args: 'AF_PACKET, SOCK_RAW|SOCK_CLOEXEC, 0',
    purpose: 'a socket for packets, for the network namespace in which it is opened',
  });
}

/** The capture begins when this returns, on one link or (index 0) on all. Nothing comes that the filter does not want. */
export function bindPacketSocket(
  kernel: Kernel,
  fd: number,
  filter: readonly Instruction[],
  { index, equivalent }: { readonly index: number; readonly equivalent: string },
): void {
  const option = (name: readonly [string, number], value: Buffer, args: string, purpose: string) =>
    setOption(kernel, { fd, level: c.SOL_PACKET, name, value, args, purpose });
  option(
    ['PACKET_VERSION', c.PACKET_VERSION],
    words(c.TPACKET_V3),
    'TPACKET_V3',
    'packets come in blocks of any size',
  );
  option(
    ['PACKET_RX_RING', c.PACKET_RX_RING],
    // struct tpacket_req3: block size and number, frame size and number, timeout, room for private data, features
    words(RING.size, RING.blocks, RING.size, RING.blocks, RETIRE, 0, 0),
    `{block_size=${RING.size}, block_nr=${RING.blocks}, retire_blk_tov=${RETIRE}}`,
    'the kernel writes packets into memory that the reader shares with it',
  );
  const program = encode(filter);
  invoke(kernel, {
    name: 'setsockopt',
    // struct sock_fprog
    raw: [fd, c.SOL_SOCKET, c.SO_ATTACH_FILTER, [filter.length, program], 16],
    args: `${fd}, SOL_SOCKET, SO_ATTACH_FILTER, {len=${filter.length}, …}, 16`,
    purpose: 'the kernel runs this program on each packet, and copies what it wants',
  });
  invoke(kernel, {
    name: 'bind',
    raw: [fd, linkAddress(index), ADDRESS],
    args: `${fd}, {AF_PACKET, ETH_P_ALL, ifindex=${index}}, ${ADDRESS}`,
    purpose: 'from here on packets are captured; nothing else in that namespace has changed',
    equivalent,
  });
}

function setOption(
  kernel: Kernel,
  {
    fd,
    level,
    name: [word, number],
    value,
    args,
    purpose,
  }: {
    readonly fd: number;
    readonly level: number;
    readonly name: readonly [string, number];
    readonly value: Buffer;
    readonly args: string;
    readonly purpose: string;
  },
): void {
  invoke(kernel, {
    name: 'setsockopt',
    raw: [fd, level, number, value, value.length],
    args: `${fd}, SOL_PACKET, ${word}, ${args}, ${value.length}`,
    purpose,
  });
}

/** struct sockaddr_ll */
function linkAddress(index: number): Buffer {
  const bytes = Buffer.alloc(ADDRESS);
  bytes.writeUInt16LE(c.AF_PACKET, 0);
  bytes.writeUInt16BE(c.ETH_P_ALL, 2);
  bytes.writeInt32LE(index, 4);
  return bytes;
}

function words(...values: readonly number[]): Buffer {
  return Buffer.from(Uint32Array.from(values).buffer);
}

const ADDRESS = 20;
