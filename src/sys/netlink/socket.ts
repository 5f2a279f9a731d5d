import { closeSync } from 'node:fs';
import type { Call } from '../../transcript/transcript.ts';
import * as c from '../constants.ts';
import { SyscallError } from '../errors.ts';
import { invoke, type Kernel } from '../invoke.ts';
import * as n from '../nf-tables.ts';
import { NETLINK_LISTEN_ALL_NSID } from './groups.ts';
import { type Answer, readAnswers, readAttributes, textOf } from './reader.ts';
import { Writer } from './writer.ts';

/** The kernel's answer to a message that it refused. */
export interface Refusal {
  /** Which message of those that were sent together. */
  readonly index: number;
  readonly errno: number;
  /** The kernel's own words (an extended ack), where it has any. */
  readonly words: string | undefined;
}

/** One message as it is to be sent. */
export interface Message {
  readonly type: number;
  readonly flags: number;
  /** A question: the kernel answers with what was asked for. `if there` when that may be gone, which is no failure. */
  readonly asks?: 'this' | 'all' | 'if there';
  body(write: Writer): void;
}

/** What the kernel says to messages that were sent together: answers to questions, or the first refusal. */
export interface Exchanged {
  readonly answers: readonly Answer[];
  readonly refusal?: Refusal;
}

/** What the transcript says of messages that are sent together. */
export type CallDescription = Pick<Call, 'input' | 'inside' | 'equivalent' | 'purpose'> & {
  readonly args: string;
};

/**
 * A netlink socket. It belongs to the network namespace in which it was opened and stays with it, wherever the thread
 * goes. The kernel works on a message within send(2): when that returns everything is done and the answers are there,
 * so nothing is waited for.
 */
export class NetlinkSocket {
  readonly #kernel: Kernel;
  readonly #line: { readonly fd: number; sequence: number };

  private constructor(kernel: Kernel, line: { readonly fd: number; sequence: number }) {
    this.#kernel = kernel;
    this.#line = line;
  }

  /** For rtnetlink(7), or for what netfilter is asked by: nftables. */
  static open(kernel: Kernel, family: keyof typeof FAMILIES = 'NETLINK_ROUTE'): NetlinkSocket {
    const fd = invoke(kernel, {
      name: 'socket',
      // SOCK_CLOEXEC is O_CLOEXEC: include/linux/net.h
      raw: [c.AF_NETLINK, c.SOCK_RAW | c.O_CLOEXEC, FAMILIES[family]],
      args: `AF_NETLINK, SOCK_RAW|SOCK_CLOEXEC, ${family}`,
      purpose: 'a socket to the kernel, for the network namespace in which it is opened',
    });
    // An error in words where the kernel has any, and without a copy of the message it is about. Linux 4.12 has both.
    for (const option of [c.NETLINK_EXT_ACK, c.NETLINK_CAP_ACK])
      kernel.libc('setsockopt', [fd, c.SOL_NETLINK, option, ON, ON.length]);
    return new NetlinkSocket(kernel, { fd, sequence: 0 });
  }

  /** The same socket, with another transcript. */
  lentTo(kernel: Kernel): NetlinkSocket {
    return new NetlinkSocket(kernel, this.#line);
  }

  /**
   * Sends messages by one send(2) and reads what is answered. The last one is acknowledged, if it is no question; and each
   * that is refused is told. The kernel goes on after one that it has refused: who needs the first for the second sends
   * two times. The event is over when the answers are read, because the kernel's word on a message is its result.
   */
  exchange(
    messages: readonly Message[],
    { args, ...told }: CallDescription,
    evidence?: (answers: readonly Answer[]) => readonly string[],
  ): Exchanged {
    const { libc, transcript } = this.#kernel;
    const first = this.#line.sequence + 1;
    const bytes = this.#write(messages);
    const all = `${this.#line.fd}, ${args}, ${bytes.length}, 0`;
    const call = { channel: 'netlink', call: 'send', args: all, ...told } as const;
    const done = transcript.begin({ ...call, bytes: bytes.toString('hex') });
    const { result, errno } = libc('send', [this.#line.fd, bytes, bytes.length, 0]);
    if (result === -1) {
      done({ result, errno });
      throw new SyscallError('send', all, errno);
    }
    const answers = this.#receive();
    const refused = answers.find(
      ({ type, body, sequence }) =>
        type === c.NLMSG_ERROR &&
        body.readInt32LE(0) !== 0 &&
        messages[sequence - first]?.asks !== 'if there',
    );
    if (!refused) {
      const found = answers.filter(({ type }) => type !== c.NLMSG_ERROR && type !== c.NLMSG_DONE);
      done({ result }, evidence && (() => evidence(found)));
      return { answers: found };
    }
    const refusal = {
      index: refused.sequence - first,
      errno: -refused.body.readInt32LE(0),
      words: wordsOf(refused),
    };
    done({ result: -1, errno: refusal.errno });
    return { answers: [], refusal };
  }

  /** Asks, and returns all that is answered. Throws when the kernel refuses. */
  ask(message: Message, telling: CallDescription): readonly Answer[] {
    const { answers, refusal } = this.exchange([message], telling);
    if (refusal) throw new SyscallError('send', telling.args, refusal.errno);
    return answers;
  }

  /**
   * Sends messages as one transaction of nf_tables, which is done as a whole or not at all, when send(2) returns. The kernel need not
   * answer a transaction that it accepts.
   */
  transact(messages: readonly Message[], telling: CallDescription): void {
    const { libc, transcript } = this.#kernel;
    const bytes = this.#write([limit(n.NFNL_MSG_BATCH_BEGIN), ...messages, limit(n.NFNL_MSG_BATCH_END)]);
    const args = `${this.#line.fd}, ${telling.args}, ${bytes.length}, 0`;
    const call = { channel: 'netlink', call: 'send', ...telling, args } as const;
    // Without its bytes: the types of its first and last message are rtnetlink's RTM_NEWLINK and RTM_DELLINK, and would be read as such.
    const done = transcript.begin(call);
    const { result, errno } = libc('send', [this.#line.fd, bytes, bytes.length, 0]);
    const refused = result === -1 ? errno : firstErrno(this.pending());
    done(refused === 0 ? { result } : { result: -1, errno: refused });
    if (refused !== 0) throw new SyscallError('send', args, refused);
  }

  /** Joins a multicast group: from here on its messages are kept for `pending`. */
  subscribe(group: number, args: string, purpose: string): void {
    const word = Buffer.alloc(4);
    word.writeUInt32LE(ROOM_FOR_GROUP);
    this.#kernel.libc('setsockopt', [this.#line.fd, c.SOL_SOCKET, c.SO_RCVBUFFORCE, word, word.length]);
    word.writeUInt32LE(group);
    invoke(this.#kernel, {
      name: 'setsockopt',
      raw: [this.#line.fd, c.SOL_NETLINK, c.NETLINK_ADD_MEMBERSHIP, word, word.length],
      args: `${this.#line.fd}, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, ${args}`,
      purpose,
    });
  }

  /**
   * Messages of groups come from every network namespace that this socket's has a number for (nsid), and with that number: recvmsg(2)
   * tells it. Each pod has one, which is wired to this host.
   */
  listenToAll(): void {
    invoke(this.#kernel, {
      name: 'setsockopt',
      raw: [this.#line.fd, c.SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, ON, ON.length],
      args: `${this.#line.fd}, SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, 1`,
      purpose: 'what happens in the namespaces that are wired to this one comes to this socket, too',
    });
    // struct sockaddr_nl
    const address = Buffer.alloc(12);
    address.writeUInt16LE(c.AF_NETLINK, 0);
    invoke(this.#kernel, {
      name: 'bind',
      raw: [this.#line.fd, address, address.length],
      args: `${this.#line.fd}, {AF_NETLINK, pid=0, groups=0}, ${address.length}`,
      purpose: 'messages of groups do not come to a socket that has no address',
    });
  }

  /** For a program that is started with it. */
  get fd(): number {
    return this.#line.fd;
  }

  /** The messages that have come until now. Where too many came, some are lost, and those that follow are read. */
  pending(): Answer[] {
    const answers: Answer[] = [];
    for (;;) {
      const { result, errno } = this.#kernel.libc('recv', [this.#line.fd, room, room.length, c.MSG_DONTWAIT]);
      if (result >= 0) answers.push(...readAnswers(room.subarray(0, result)));
      else if (errno !== ENOBUFS) return answers;
    }
  }

  close(): void {
    closeSync(this.#line.fd);
  }

  #write(messages: readonly Message[]): Buffer {
    const write = new Writer();
    for (const [index, { type, flags, asks, body }] of messages.entries()) {
      const last = index === messages.length - 1;
      const more = asks === 'all' ? c.NLM_F_DUMP : last && !asks ? c.NLM_F_ACK : 0;
      this.#line.sequence++;
      write.message({ type, flags: flags | more, sequence: this.#line.sequence }, () => body(write));
    }
    return write.written;
  }

  /** Reads until the message that was sent last is answered: with what it asked for, an acknowledgement, or a refusal. */
  #receive(): Answer[] {
    const answers: Answer[] = [];
    const isLast = ({ type, flags, sequence }: Answer) =>
      sequence === this.#line.sequence && (type === c.NLMSG_DONE || !(flags & c.NLM_F_MULTI));
    while (!answers.some(isLast)) {
      const { result, errno } = this.#kernel.libc('recv', [this.#line.fd, room, room.length, c.MSG_DONTWAIT]);
      if (result === -1)
        throw new SyscallError('recv', `${this.#line.fd}, answer, ${room.length}, MSG_DONTWAIT`, errno);
      answers.push(...readAnswers(room.subarray(0, result)));
    }
    return answers;
  }
}

const FAMILIES = { NETLINK_ROUTE: c.NETLINK_ROUTE, NETLINK_NETFILTER: c.NETLINK_NETFILTER };

const ON = Buffer.from([1, 0, 0, 0]);

/** Bytes of messages of a group that may wait to be read. */
const ROOM_FOR_GROUP = 4 * 1024 * 1024;
const ENOBUFS = 105;

/** The first or the last message of a transaction: struct nfgenmsg, with the subsystem in network order. */
function limit(type: number): Message {
  return {
    type,
    flags: 0,
    body: (write) => write.fixed([1, c.AF_UNSPEC], [1, 0], [2, c.NFNL_SUBSYS_NFTABLES << 8]),
  };
}

/** 0 where no message was refused. */
function firstErrno(answers: readonly Answer[]): number {
  const refused = answers.find(({ type, body }) => type === c.NLMSG_ERROR && body.readInt32LE(0) !== 0);
  return refused ? -refused.body.readInt32LE(0) : 0;
}

/** As much as the kernel puts into one datagram of a list. */
const room = Buffer.alloc(32 * 1024);

/** struct nlmsgerr: the errno, the header of the message it is about, and then attributes. */
function wordsOf({ flags, body }: Answer): string | undefined {
  return flags & c.NLM_F_ACK_TLVS ? textOf(readAttributes(body, 20).get(c.NLMSGERR_ATTR_MSG)) : undefined;
}
