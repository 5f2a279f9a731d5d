import { isIPv4, isIPv6, SocketAddress } from 'node:net';
import { InputError } from '../sys/errors.ts';
import { parseNumber } from '../sys/number.ts';

/** Which packets are wanted. */
export type Filter =
  | { readonly is: 'and' | 'or'; readonly left: Filter; readonly right: Filter }
  | { readonly is: 'not'; readonly of: Filter }
  | { readonly is: 'protocol'; readonly protocol: Protocol }
  | { readonly is: 'net'; readonly side: Side; readonly bytes: Buffer; readonly prefix: number }
  | { readonly is: 'port'; readonly side: Side; readonly port: number };

export type Side = 'src' | 'dst' | 'either';

export type Protocol = (typeof PROTOCOLS)[number];

const PROTOCOLS = ['ip', 'ip6', 'arp', 'tcp', 'udp', 'icmp', 'icmp6'] as const;

/** The addresses that a name means; none where it is no name of ours. */
export type AddressesOf = (name: string) => readonly string[];

/** Words that are a filter of tcpdump's language perhaps, and are none of the part of it that is known here. */
export class UnknownFilter extends InputError {}

/** What is known here. */
const LANGUAGE =
  '[src|dst] host ADDRESS|POD, [src|dst] net CIDR, [tcp|udp] [src|dst] port N, tcp, udp, icmp, icmp6, arp, ip, ip6, and, or, not, ( )';

/**
 * Reads a filter as pcap-filter(7) has it: `and` and `or` bind equally, from left to right, and `not` more; a value without a keyword is
 * of the keyword before (`port 80 or 443`).
 */
export function parseFilter(text: string, addressesOf: AddressesOf): Filter {
  const words = filterWords(text);
  let at = 0;
  let keywords: readonly string[] = [];

  const expression = (): Filter => {
    let left = term();
    for (let is = OPERATORS[words[at] ?? '']; is !== undefined; is = OPERATORS[words[at] ?? '']) {
      at++;
      left = { is, left, right: term() };
    }
    return left;
  };
  const term = (): Filter => {
    const word = words[at];
    if (word === 'not' || word === '!') {
      at++;
      return { is: 'not', of: term() };
    }
    if (word !== '(') return primitive();
    at++;
    const inner = expression();
    if (words[at++] !== ')') throw new InputError(`filter "${text}": a parenthesis is not closed`);
    return inner;
  };
  const primitive = (): Filter => {
    const own: string[] = [];
    while (KEYWORDS.has(words[at] ?? '')) own.push(words[at++] ?? '');
    const protocol = own.length === 1 ? PROTOCOLS.find((each) => each === own[0]) : undefined;
    if (protocol !== undefined) return { is: 'protocol', protocol };
    const value = words[at++];
    if (value === undefined || value === ')' || value in OPERATORS)
      throw new InputError(
        `filter "${text}" ends too early${own.length > 0 ? `, after "${own.join(' ')}"` : ''}`,
      );
    if (own.length === 0 && keywords.length === 0)
      throw new UnknownFilter(`filter "${text}": "${value}" is not known here`, { hint: LANGUAGE });
    const isNamed = own.length > 0;
    if (isNamed) keywords = own;
    return qualified({ text, keywords, value, addressesOf, isNamed });
  };

  const whole = expression();
  if (at < words.length)
    throw words[at] === ')'
      ? new InputError(`filter "${text}": a parenthesis was not opened`)
      : new UnknownFilter(`filter "${text}": "${words[at]}" is not known here`, { hint: LANGUAGE });
  return whole;
}

function filterWords(text: string): string[] {
  return text.match(/&&|\|\||[()!&|]|[^\s()!&|]+/g) ?? [];
}

const OPERATORS: Readonly<Record<string, 'and' | 'or'>> = { and: 'and', '&&': 'and', or: 'or', '||': 'or' };

const SIDES = ['src', 'dst'] as const;

const KEYWORDS = new Set<string>([...PROTOCOLS, ...SIDES, 'host', 'net', 'port']);

/** `tcp src port` with 80, `dst host` with web. */
function qualified({
  text,
  keywords,
  value,
  ...more
}: {
  readonly text: string;
  readonly keywords: readonly string[];
  readonly value: string;
  readonly addressesOf: AddressesOf;
  readonly isNamed: boolean;
}): Filter {
  const unknown = () =>
    new UnknownFilter(`filter "${text}": "${keywords.join(' ')} ${value}" is not known here`, {
      hint: LANGUAGE,
    });
  const rest = [...keywords];
  const take = <W extends string>(known: readonly W[]) => {
    const found = known.find((each) => each === rest[0]);
    if (found) rest.shift();
    return found;
  };
  const protocol = take(PROTOCOLS);
  const side = take(SIDES) ?? 'either';
  const type = take(['host', 'net', 'port']) ?? 'host';
  if (rest.length > 0) throw unknown();
  const wanted = type === 'port' ? port(side, value) : network(text, { type, side, value, ...more });
  if (wanted === undefined || (protocol !== undefined && !(type === 'port' ? PORTS : NETS).has(protocol)))
    throw unknown();
  return protocol === undefined ? wanted : { is: 'and', left: { is: 'protocol', protocol }, right: wanted };
}

const PORTS = new Set<Protocol>(['tcp', 'udp', 'ip', 'ip6']);
const NETS = new Set<Protocol>(['ip', 'ip6', 'arp']);

function port(side: Side, value: string): Filter | undefined {
  // A name of /etc/services is tcpdump's to know.
  if (!/^[-+\d.]/.test(value)) return undefined;
  const number = parseNumber(value, 'port');
  if (number === undefined) throw new InputError(`port "${value}" is not a port from 1 to 65535`);
  return { is: 'port', side, port: number };
}

function network(
  text: string,
  {
    type,
    side,
    value,
    addressesOf,
    isNamed,
  }: {
    readonly type: 'host' | 'net';
    readonly side: Side;
    readonly value: string;
    readonly addressesOf: AddressesOf;
    /** The value stands right behind its keywords. Else it may be a word of tcpdump's. */
    readonly isNamed: boolean;
  },
): Filter | undefined {
  const [address = '', bits, ...more] = value.split('/');
  const bytes = addressBytes(address);
  if (bytes) {
    const most = bytes.length * 8;
    const prefix = bits === undefined ? most : parseNumber(bits, 'times');
    if (prefix === undefined || prefix > most || more.length > 0 || (type === 'host' && bits !== undefined))
      throw new InputError(
        `filter "${text}": "${value}" is not ${type === 'host' ? 'an address' : 'a network'}`,
      );
    if (!isWithoutHostBits(bytes, prefix))
      throw new InputError(`filter "${text}": net ${value} has bits set after its prefix`);
    return { is: 'net', side, bytes, prefix };
  }
  // `net 10.244` is tcpdump's to read.
  if (type === 'net') return undefined;
  const all = addressesOf(value).flatMap((each) => addressBytes(each) ?? []);
  if (all.length === 0 && !isNamed) return undefined;
  if (all.length === 0)
    throw new InputError(`filter "${text}": "${value}" is neither a pod nor an address`, {
      hint: 'see `nslab ps`',
    });
  return all
    .map((bytes): Filter => ({ is: 'net', side, bytes, prefix: bytes.length * 8 }))
    .reduce((left, right) => ({ is: 'or', left, right }));
}

/** Four or sixteen bytes in network order. */
export function addressBytes(text: string): Buffer | undefined {
  if (isIPv4(text)) return Buffer.from(text.split('.').map(Number));
  if (!isIPv6(text) || text.includes('%')) return undefined;
  // SocketAddress shortens as inet_ntop(3) does, with the last four bytes in decimal where they are an IPv4 address.
  const { address } = new SocketAddress({ family: 'ipv6', address: text });
  const hex = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...quad: string[]) =>
    Buffer.from(quad.slice(0, 4).map(Number)).toString('hex').replace(/^..../, '$&:'),
  );
  const [head = '', tail] = hex.split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':').map((each) => each.padStart(4, '0')));
  const [front, back] = [groups(head), groups(tail ?? '')];
  const zeros = Array.from({ length: 8 - front.length - back.length }, () => '0000');
  return Buffer.from([...front, ...(tail === undefined ? [] : zeros), ...back].join(''), 'hex');
}

function isWithoutHostBits(bytes: Buffer, prefix: number): boolean {
  return bytes.every((byte, at) => (byte & (0xff >> Math.min(8, Math.max(0, prefix - 8 * at)))) === 0);
}
