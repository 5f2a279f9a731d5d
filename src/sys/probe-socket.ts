import { closeSync } from 'node:fs';
import * as c from './constants.ts';
import { SyscallError } from './errors.ts';
import { invoke, type Kernel } from './invoke.ts';

export type ProbeProtocol = keyof typeof PROTOCOLS;

export const PROTOCOLS = {
  tcp: { number: c.IPPROTO_TCP, type: c.SOCK_STREAM, words: 'SOCK_STREAM' },
  udp: { number: c.IPPROTO_UDP, type: c.SOCK_DGRAM, words: 'SOCK_DGRAM' },
  icmp: { number: c.IPPROTO_ICMP, type: c.SOCK_RAW, words: 'SOCK_RAW' },
} as const;

/** How far a probe is. `errno`: the kernel's own word on a connection, or an error of ICMP that came for it. */
export type ProbeState =
  | { readonly is: 'waiting' | 'answered' }
  | { readonly is: 'failed'; readonly errno: number };

/**
 * The socket of one probe: a TCP connection, a UDP datagram or an ICMP echo request. It belongs to the network namespace in which it was
 * opened. It never blocks.
 */
export class ProbeSocket {
  readonly #kernel: Kernel;
  readonly #fd: number;
  readonly protocol: ProbeProtocol;
  /** The port that it comes from; of an echo request its identifier. */
  readonly port: number;

  private constructor(kernel: Kernel, fd: number, protocol: ProbeProtocol, port: number) {
    this.#kernel = kernel;
    this.#fd = fd;
    this.protocol = protocol;
    this.port = port;
  }

  /** With its port already chosen, so that answers can be told from other packets. */
  static open(kernel: Kernel, protocol: ProbeProtocol, tos?: number): ProbeSocket {
    const { number, type, words } = PROTOCOLS[protocol];
    const fd = invoke(kernel, {
      name: 'socket',
      // SOCK_CLOEXEC is O_CLOEXEC: include/linux/net.h
      raw: [c.AF_INET, type | c.SOCK_NONBLOCK | c.O_CLOEXEC, number],
      args: `AF_INET, ${words}|SOCK_NONBLOCK|SOCK_CLOEXEC, IPPROTO_${protocol.toUpperCase()}`,
      purpose: 'the socket of the probe, in the namespace that it starts from',
    });
    try {
      if (tos !== undefined)
        option(
          kernel,
          fd,
          ['IP_TOS', c.IP_TOS],
          tos,
          'the mark by which the probe is known on its whole way',
        );
      option(kernel, fd, ['IP_RECVERR', c.IP_RECVERR], 1, 'errors of ICMP about the probe are told at once');
      return new ProbeSocket(kernel, fd, protocol, choosePort(kernel, fd, protocol));
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  /**
   * Those for which something has come. Waits for the first one, at most so many milliseconds: no signal is heard meanwhile.
   * poll(2)
   */
  static ready({ libc }: Kernel, probes: readonly ProbeSocket[], milliseconds: number): ProbeSocket[] {
    const set = Buffer.alloc(POLLFD * probes.length);
    for (const [n, probe] of probes.entries()) {
      set.writeInt32LE(probe.#fd, n * POLLFD);
      set.writeInt16LE(probe.protocol === 'tcp' ? POLLOUT : POLLIN, n * POLLFD + 4);
    }
    libc('poll', [set, probes.length, milliseconds]);
    return probes.filter((_, n) => set.readInt16LE(n * POLLFD + 6) !== 0);
  }

  /** Sends the probe. The errno where the kernel refuses to, 0 otherwise. */
  send(address: string, port: number): number {
    const refused = this.#connect(address, port);
    if (refused !== 0 || this.protocol === 'tcp') return refused;
    const payload = this.protocol === 'icmp' ? echoRequest(this.port) : Buffer.from('nslab trace\n');
    return errnoOf(() =>
      invoke(this.#kernel, {
        name: 'send',
        raw: [this.#fd, payload, payload.length, c.MSG_DONTWAIT],
        args: `${this.#fd}, ${this.protocol === 'icmp' ? 'echo request' : 'datagram'}, ${payload.length}, MSG_DONTWAIT`,
        purpose: 'the probe',
      }),
    );
  }

  state(): ProbeState {
    const errno = this.#option(c.SOL_SOCKET, c.SO_ERROR);
    if (errno !== 0) return { is: 'failed', errno };
    return { is: this.#isAnswered() ? 'answered' : 'waiting' };
  }

  /** How long the answer to a connection took, in milliseconds, as the kernel has measured it. Undefined for other protocols. */
  roundTrip(): number | undefined {
    if (this.protocol !== 'tcp') return undefined;
    const [info, length] = [Buffer.alloc(TCPI_RTT + 4), Buffer.from([TCPI_RTT + 4, 0, 0, 0])];
    this.#kernel.libc('getsockopt', [this.#fd, c.IPPROTO_TCP, c.TCP_INFO, info, length]);
    return info.readUInt32LE(TCPI_RTT) / 1000;
  }

  close(): void {
    closeSync(this.#fd);
  }

  #connect(address: string, port: number): number {
    const errno = errnoOf(() =>
      invoke(this.#kernel, {
        name: 'connect',
        raw: [this.#fd, socketAddress(address, port), ADDRESS],
        args: `${this.#fd}, ${address}${port === 0 ? '' : `:${port}`}, ${ADDRESS}`,
        purpose: this.protocol === 'tcp' ? 'the probe: a connection' : 'where the probe goes to',
      }),
    );
    return errno === EINPROGRESS ? 0 : errno;
  }

  #isAnswered(): boolean {
    // A server that says its word and closes at once is past the connection before we look.
    if (this.protocol === 'tcp')
      return [c.TCP_ESTABLISHED, c.TCP_CLOSE_WAIT].includes(this.#option(c.IPPROTO_TCP, c.TCP_INFO) & 0xff);
    const { result } = this.#kernel.libc('recv', [this.#fd, room, room.length, c.MSG_DONTWAIT]);
    if (this.protocol === 'udp' || result < 0) return result >= 0;
    // A raw socket gets every ICMP message from its peer, behind its IP header. The loopback shows the request, too.
    const icmp = room.subarray((room.readUInt8(0) & 0x0f) * 4, result);
    return icmp.length >= 8 && icmp.readUInt8(0) === ECHO_REPLY && icmp.readUInt16BE(4) === this.port;
  }

  #option(level: number, name: number): number {
    const [value, length] = [Buffer.alloc(4), Buffer.from([4, 0, 0, 0])];
    this.#kernel.libc('getsockopt', [this.#fd, level, name, value, length]);
    return value.readUInt32LE(0);
  }
}

function option(
  kernel: Kernel,
  fd: number,
  [word, name]: readonly [string, number],
  value: number,
  purpose: string,
): void {
  const bytes = Buffer.from([value, 0, 0, 0]);
  invoke(kernel, {
    name: 'setsockopt',
    raw: [fd, c.IPPROTO_IP, name, bytes, bytes.length],
    args: `${fd}, IPPROTO_IP, ${word}, 0x${value.toString(16)}`,
    purpose,
  });
}

/** A raw socket has no port: the identifier of its request is chosen here. */
function choosePort(kernel: Kernel, fd: number, protocol: ProbeProtocol): number {
  if (protocol === 'icmp') return 1 + Math.floor(Math.random() * 0xfffe);
  invoke(kernel, {
    name: 'bind',
    raw: [fd, socketAddress('0.0.0.0', 0), ADDRESS],
    args: `${fd}, 0.0.0.0:0, ${ADDRESS}`,
    purpose: 'a free port for the probe: its answers are known by it',
  });
  const address = Buffer.alloc(ADDRESS);
  kernel.libc('getsockname', [fd, address, Buffer.from([ADDRESS, 0, 0, 0])]);
  return address.readUInt16BE(2);
}

/** struct sockaddr_in */
function socketAddress(address: string, port: number): Buffer {
  const bytes = Buffer.alloc(ADDRESS);
  bytes.writeUInt16LE(c.AF_INET, 0);
  bytes.writeUInt16BE(port, 2);
  bytes.set(address.split('.').map(Number), 4);
  return bytes;
}

/** RFC 792: type, code, checksum, identifier, sequence. */
function echoRequest(identifier: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt8(ECHO_REQUEST, 0);
  bytes.writeUInt16BE(identifier, 4);
  bytes.writeUInt16BE(1, 6);
  const sum = [0, 2, 4, 6].reduce((total, at) => total + bytes.readUInt16BE(at), 0);
  bytes.writeUInt16BE(~((sum & 0xffff) + (sum >> 16)) & 0xffff, 2);
  return bytes;
}

function errnoOf(call: () => unknown): number {
  try {
    call();
    return 0;
  } catch (error) {
    if (error instanceof SyscallError) return error.errno;
    throw error;
  }
}

const ADDRESS = 16;

/** struct pollfd: descriptor, events, returned events. include/uapi/asm-generic/poll.h */
const POLLFD = 8;
const POLLIN = 0x0001;
const POLLOUT = 0x0004;

/** Where struct tcp_info has the round trip time in microseconds. include/uapi/linux/tcp.h */
const TCPI_RTT = 68;

const EINPROGRESS = 115;
const ECHO_REPLY = 0;
const ECHO_REQUEST = 8;

const room = Buffer.alloc(2048);
