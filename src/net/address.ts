import { Address4 } from 'ip-address';
import { InputError } from '../sys/errors.ts';

/** An IPv4 subnet in canonical form: no host bits, between /8 and /30. */
export interface Subnet {
  /** `10.244.0.0/16` */
  readonly cidr: string;
  readonly prefix: number;
  readonly first: bigint;
  readonly last: bigint;
}

/**
 * Reads a dotted quad. Stricter than inet_aton(3), to which iproute2 falls back: there `010.0.0.1` is 8.0.0.1 and
 * `10.1` is 10.0.0.1, and a pod would get another address than the one that was written.
 */
export function parseAddress(text: string): Address4 {
  if (!isQuad(text)) {
    throw new InputError(`"${text}" is not an IPv4 address`, {
      hint: 'four decimal numbers from 0 to 255, as in 10.244.0.7',
    });
  }
  return new Address4(text);
}

function isQuad(text: string): boolean {
  return /^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}$/.test(text) && Address4.isValid(text);
}

/** Reads `ADDRESS/PREFIX` as the subnet of a pod network. */
export function parseSubnet(text: string): Subnet {
  const [address = '', bits = '', ...rest] = text.split('/');
  if (rest.length > 0 || !/^([1-9]\d?)$/.test(bits)) {
    throw new InputError(`"${text}" is not a subnet`, {
      hint: 'an address and a prefix length, as in 10.250.0.0/16',
    });
  }
  const prefix = Number(bits);
  if (prefix < 8 || prefix > 30) {
    throw new InputError(`subnet ${text}: the prefix must be between /8 and /30`, {
      hint: 'a pod network needs an address for the gateway and one for each pod',
    });
  }
  const subnet = subnetOf(parseAddress(address), prefix);
  if (subnet.cidr !== text) {
    throw new InputError(`subnet ${text} has bits set after its prefix`, {
      hint: `did you mean ${subnet.cidr}?`,
    });
  }
  const unusable = UNUSABLE.find(({ range }) => overlaps(subnet, range));
  if (unusable)
    throw new InputError(`subnet ${text} is in the ${unusable.what} range ${unusable.range.cidr}`);
  return subnet;
}

/** The address of `ADDRESS/PREFIX`, without the prefix length. */
export function withoutPrefix(cidr: string): string {
  return cidr.replace(/\/.*$/, '');
}

/** The nth address of a subnet: 0 is the network's own, 1 the gateway's. */
export function addressAt({ first }: Subnet, n: number): string {
  const value = Number(first) + n;
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
}

/** Which address of its subnet one is; undefined of a text that is none. */
export function placeOf({ first }: Pick<Subnet, 'first'>, text: string): number | undefined {
  return isQuad(text) ? Number(new Address4(text).bigInt() - first) : undefined;
}

/** How many addresses a pod can have: all but the network's, the gateway's and the broadcast address. */
export function capacity({ first, last }: Subnet): number {
  return Number(last - first) - 2;
}

/** Whether an address may be a pod's in this subnet. */
export function isPodAddress(subnet: Subnet, address: string): boolean {
  const value = parseAddress(address).bigInt();
  return value > subnet.first + 1n && value < subnet.last;
}

export function overlaps(a: Pick<Subnet, 'first' | 'last'>, b: Pick<Subnet, 'first' | 'last'>): boolean {
  return a.first <= b.last && b.first <= a.last;
}

/**
 * What a route takes of the addresses, by its destination as `ip -json route` prints it: `10.0.0.0/8` or a single address.
 * Undefined for a catch-all, which is no one's own: any route of ours is more specific.
 */
export function routeRange(destination: string): Subnet | undefined {
  if (!/^[\d./]+$/.test(destination) || isCatchAll(destination)) return undefined;
  const [address = '', prefix = '32'] = destination.split('/');
  return subnetOf(parseAddress(address), Number(prefix));
}

/** Whether a destination is a way out: `default`, or one of the two halves of all addresses by which a VPN overrides it. */
export function isCatchAll(destination: string): boolean {
  return destination === 'default' || /\/[01]$/.test(destination);
}

/**
 * A locally administered MAC that follows from the address (0a:58 is what Kubernetes' bridges use): when an address
 * is given to the next pod, no neighbour has a stale entry for it.
 */
export function macOf(address: string): string {
  return [
    '0a',
    '58',
    ...parseAddress(address)
      .toArray()
      .map((octet) => octet.toString(16).padStart(2, '0')),
  ].join(':');
}

function subnetOf(address: Address4, prefix: number): Subnet {
  const whole = new Address4(`${address.correctForm()}/${prefix}`);
  const first = whole.startAddress();
  return {
    cidr: `${first.correctForm()}/${prefix}`,
    prefix,
    first: first.bigInt(),
    last: whole.endAddress().bigInt(),
  };
}

const UNUSABLE = [
  { what: '"this network"', range: subnetOf(new Address4('0.0.0.0'), 8) },
  { what: 'loopback', range: subnetOf(new Address4('127.0.0.0'), 8) },
  { what: 'link-local', range: subnetOf(new Address4('169.254.0.0'), 16) },
  { what: 'multicast', range: subnetOf(new Address4('224.0.0.0'), 4) },
  { what: 'reserved', range: subnetOf(new Address4('240.0.0.0'), 4) },
];
