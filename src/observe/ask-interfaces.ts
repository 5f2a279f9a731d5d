import { SocketAddress } from 'node:net';
import {
  type AddressAnswer,
  askAddresses,
  askLinks,
  kindOf,
  type LinkAnswer,
  macOf,
  OPERSTATES,
} from '../net/netlink-answers.ts';
import * as c from '../sys/constants.ts';
import { u32Of } from '../sys/netlink/reader.ts';
import type { RawInterface } from './interfaces.ts';
import type { NetnsSockets } from './netns-sockets.ts';

/**
 * The same as `readInterfaces`, by netlink: without an `ip` process per namespace, which for a thousand namespaces takes
 * twelve seconds. Undefined when an interface or address needs ip(8) to describe it; then call `readInterfaces`.
 */
export function askInterfaces({ route, shell }: NetnsSockets): RawInterface[] | undefined {
  const links = askLinks(route, `${shell}ip -details link show`);
  if (!links.every(isPlain)) return undefined;
  const addresses = askAddresses(route, `${shell}ip address show`);
  if (!addresses.every(({ family }) => family === c.AF_INET || family === c.AF_INET6)) return undefined;
  const names = new Map(links.map(({ index, name }) => [index, name]));
  const byLink = new Map<number, string[]>(links.map(({ index }) => [index, []]));
  for (const address of addresses) byLink.get(address.index)?.push(cidr(address));
  return links.map((link) => toInterface(link, names, byLink.get(link.index) ?? []));
}

/** Hardware, loopback, and kinds without a `detail`. Only ip(8) decodes the detail of a tunnel or a VLAN. */
function isPlain(link: LinkAnswer): boolean {
  const kind = kindOf(link);
  if (kind === undefined) return link.type === c.ARPHRD_ETHER || link.type === c.ARPHRD_LOOPBACK;
  return PLAIN.has(kind) && link.type === c.ARPHRD_ETHER;
}

const PLAIN = new Set(['veth', 'bridge', 'dummy', 'ifb']);

function toInterface(
  link: LinkAnswer,
  names: ReadonlyMap<number, string>,
  addresses: readonly string[],
): RawInterface {
  const { index, name, type, flags, attributes } = link;
  const number = (attribute: number) => u32Of(attributes.get(attribute));
  const [master, other, nsid] = [
    number(c.IFLA_MASTER),
    number(c.IFLA_LINK),
    attributes.get(c.IFLA_LINK_NETNSID),
  ];
  const state = OPERSTATES[attributes.get(c.IFLA_OPERSTATE)?.readUInt8(0) ?? 0];
  const isEther = type === c.ARPHRD_ETHER;
  const nameOf = (of: number | undefined) => (of ? (names.get(of) ?? `if${of}`) : undefined);
  return {
    index,
    name,
    kind: kindOf(link) ?? (isEther ? 'ether' : 'loopback'),
    up: (flags & c.IFF_UP) !== 0 && state !== 'lowerlayerdown',
    mac: (isEther && macOf(link)) || null,
    mtu: number(c.IFLA_MTU) ?? 0,
    addresses,
    master: nameOf(master) ?? null,
    detail: null,
    link: nsid ? undefined : nameOf(other),
    linkIndex: nsid ? other : undefined,
    nsid: nsid?.readInt32LE(0),
  };
}

function cidr({ family, prefix, bytes }: AddressAnswer): string {
  return `${family === c.AF_INET ? bytes.join('.') : short(bytes)}/${prefix}`;
}

/** SocketAddress shortens an IPv6 address as inet_ntop(3) does. */
function short(bytes: Buffer): string {
  const address = bytes.toString('hex').replace(/....(?=.)/g, '$&:');
  return new SocketAddress({ family: 'ipv6', address }).address;
}
