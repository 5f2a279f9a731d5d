import * as bpf from '../sys/bpf.ts';
import * as c from '../sys/constants.ts';
import { InputError } from '../sys/errors.ts';
import type { Filter, Protocol, Side } from './filter.ts';

/** A place in the program, counted from its end: the end is written first, so all that a jump leads to is there already. */
type Label = number;

/** One question about a packet: what is loaded, cut out of it, and compared. */
interface Question {
  readonly load: ReadonlyArray<readonly [code: number, k: number]>;
  readonly mask?: number;
  readonly jump?: number;
  readonly value: number;
}

/** Questions that are joined. */
type Condition =
  | Question
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly no: Condition };

/**
 * The program of classic BPF for a filter. It asks the kernel for the protocol and for where the network header begins, so it fits links of
 * any type, with and without a tag of a VLAN.
 */
export function compile(filter: Filter | undefined): bpf.Instruction[] {
  const reversed: bpf.Instruction[] = [];
  const push = (code: number, k: number, jt = 0, jf = 0): Label => reversed.push({ code, k, jt, jf }) - 1;
  const reject = push(bpf.RETURN, 0);
  const accept = push(bpf.RETURN, bpf.WHOLE);
  // A conditional jump skips 255 instructions at most, an unconditional one any number.
  const near = (label: Label): Label =>
    reversed.length - label > 250 ? push(bpf.JUMP, reversed.length - label - 1) : label;

  const ask = ({ load, mask, jump = bpf.JUMP_EQUAL, value }: Question, yes: Label, no: Label): Label => {
    const [ifYes, ifNo] = [near(yes), near(no)];
    push(jump, value, reversed.length - ifYes - 1, reversed.length - ifNo - 1);
    if (mask !== undefined) push(bpf.AND, mask);
    for (const [code, k] of load.toReversed()) push(code, k);
    return reversed.length - 1;
  };
  const write = (condition: Condition, yes: Label, no: Label): Label => {
    if ('no' in condition) return write(condition.no, no, yes);
    if ('all' in condition) return condition.all.reduceRight((next, each) => write(each, next, no), yes);
    if ('any' in condition) return condition.any.reduceRight((next, each) => write(each, yes, next), no);
    return ask(condition, yes, no);
  };

  const entry = filter ? write(conditionOf(filter), accept, reject) : accept;
  // A filter that any packet passes, or none, begins at the end of another's program.
  if (entry !== reversed.length - 1) push(bpf.JUMP, reversed.length - entry - 1);
  const program = [...bpf.WITHOUT_LOOPBACK_TWINS, ...reversed.reverse()];
  if (program.length > bpf.LONGEST)
    throw new InputError(`the filter is too long: ${program.length} instructions of ${bpf.LONGEST}`);
  return program;
}

function conditionOf(filter: Filter): Condition {
  switch (filter.is) {
    case 'and':
      return { all: [conditionOf(filter.left), conditionOf(filter.right)] };
    case 'or':
      return { any: [conditionOf(filter.left), conditionOf(filter.right)] };
    case 'not':
      return { no: conditionOf(filter.of) };
    case 'protocol':
      return PROTOCOLS[filter.protocol];
    case 'net':
      return sides(filter.side, (side) => net(side, filter.bytes, filter.prefix));
    case 'port':
      return port(filter.side, filter.port);
  }
}

const byte = (offset: number, value: number): Question => ({
  load: [[bpf.LOAD_BYTE, at(offset)]],
  value,
});
const protocol = (value: number): Question => ({ load: [[bpf.LOAD_WORD, bpf.PROTOCOL]], value });
const at = (offset: number) => bpf.NETWORK_HEADER + offset;

const IPV4 = protocol(c.ETH_P_IP);
const IPV6 = protocol(c.ETH_P_IPV6);
const ARP = protocol(c.ETH_P_ARP);
/** The protocol of IPv4, and the next header of IPv6. */
const inV4 = (value: number): Condition => ({ all: [IPV4, byte(9, value)] });
const inV6 = (value: number): Condition => ({ all: [IPV6, byte(6, value)] });

const PROTOCOLS: Readonly<Record<Protocol, Condition>> = {
  ip: IPV4,
  ip6: IPV6,
  arp: ARP,
  icmp: inV4(c.IPPROTO_ICMP),
  icmp6: inV6(c.IPPROTO_ICMPV6),
  tcp: { any: [inV4(c.IPPROTO_TCP), inV6(c.IPPROTO_TCP)] },
  udp: { any: [inV4(c.IPPROTO_UDP), inV6(c.IPPROTO_UDP)] },
};

function sides(side: Side, one: (side: 'src' | 'dst') => Condition): Condition {
  return side === 'either' ? { any: [one('src'), one('dst')] } : one(side);
}

/** RFC 791, RFC 826 (of Ethernet), RFC 8200. */
function net(side: 'src' | 'dst', bytes: Buffer, prefix: number): Condition {
  const isSource = side === 'src';
  if (bytes.length === 16) return { all: [IPV6, ...masked(isSource ? 8 : 24, bytes, prefix)] };
  return {
    any: [
      { all: [IPV4, ...masked(isSource ? 12 : 16, bytes, prefix)] },
      { all: [ARP, ...masked(isSource ? 14 : 24, bytes, prefix)] },
    ],
  };
}

/** Word by word, as far as the prefix goes. */
function masked(offset: number, bytes: Buffer, prefix: number): Question[] {
  const words = Array.from({ length: Math.ceil(prefix / 32) }, (_, word) => word);
  return words.map((word) => {
    const bits = Math.min(32, prefix - 32 * word);
    const load = [[bpf.LOAD_WORD, at(offset + 4 * word)]] as const;
    const value = bytes.readUInt32BE(4 * word);
    return bits === 32 ? { load, value } : { load, value, mask: (0xffffffff << (32 - bits)) >>> 0 };
  });
}

/** Of IPv4, the first fragment alone has ports. */
function port(side: Side, value: number): Condition {
  const isFragment: Question = {
    load: [[bpf.LOAD_HALF, at(6)]],
    jump: bpf.JUMP_SET,
    value: 0x1fff,
  };
  const behind = (code: number, offset: number, first: Question['load']) => (which: 'src' | 'dst') => ({
    load: [...first, [code, at(offset + (which === 'src' ? 0 : 2))] as const],
    value,
  });
  const carriers = [c.IPPROTO_TCP, c.IPPROTO_UDP, c.IPPROTO_SCTP];
  return {
    any: [
      {
        all: [
          IPV4,
          { any: carriers.map((each) => byte(9, each)) },
          { no: isFragment },
          sides(side, behind(bpf.LOAD_HALF_INDEXED, 0, [[bpf.LOAD_HEADER_LENGTH, at(0)]])),
        ],
      },
      {
        all: [
          IPV6,
          { any: carriers.map((each) => byte(6, each)) },
          sides(side, behind(bpf.LOAD_HALF, 40, [])),
        ],
      },
    ],
  };
}
