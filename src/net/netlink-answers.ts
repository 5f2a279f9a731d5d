import * as c from '../sys/constants.ts';
import { type Answer, type Attributes, readAttributes, textOf, u32Of } from '../sys/netlink/reader.ts';
import type { Message, NetlinkSocket } from '../sys/netlink/socket.ts';
import type { Link, Route } from './driver.ts';
import { ifinfomsg } from './messages.ts';

/** What the kernel says of a link. */
export interface LinkAnswer {
  readonly index: number;
  readonly name: string;
  /** What its addresses are like: ARPHRD_ETHER, ARPHRD_LOOPBACK … */
  readonly type: number;
  readonly flags: number;
  readonly attributes: Attributes;
}

/** What the questions are for, whichever driver asks them. */
export const LINKS = 'which names are taken, and the MTU towards the outside';
export const LINK = 'the index of the link, and the mark of its owner';
export const ROUTES = 'which subnets are in use: a new one must overlap none';
export const RULES = 'whether rules, those of a VPN for one, send packets to other tables';

/** Every link of the socket's namespace. */
export function askLinks(socket: NetlinkSocket, equivalent = 'ip link show', purpose = LINKS): LinkAnswer[] {
  const message: Message = {
    type: c.RTM_GETLINK,
    flags: 0,
    asks: 'all',
    body: (write) => {
      ifinfomsg(write, {});
      write.u32(c.IFLA_EXT_MASK, c.RTEXT_FILTER_SKIP_STATS);
    },
  };
  return socket
    .ask(message, {
      args: '{RTM_GETLINK, NLM_F_DUMP, IFLA_EXT_MASK=RTEXT_FILTER_SKIP_STATS}',
      equivalent,
      purpose,
    })
    .map(toLinkAnswer);
}

/** The question for one link. */
export function linkQuestion(name: string): Message {
  return {
    type: c.RTM_GETLINK,
    flags: 0,
    asks: 'if there',
    body: (write) => {
      ifinfomsg(write, {});
      write.text(c.IFLA_IFNAME, name);
    },
  };
}

export function askLink(socket: NetlinkSocket, name: string): LinkAnswer | undefined {
  return socket
    .ask(linkQuestion(name), {
      args: `{RTM_GETLINK, IFLA_IFNAME="${name}"}`,
      equivalent: `ip link show dev ${name}`,
      purpose: LINK,
    })
    .map(toLinkAnswer)[0];
}

export function toLinkAnswer({ body }: Pick<Answer, 'body'>): LinkAnswer {
  const attributes = readAttributes(body, 16);
  return {
    index: body.readInt32LE(4),
    name: textOf(attributes.get(c.IFLA_IFNAME)) ?? '',
    type: body.readUInt16LE(2),
    flags: body.readUInt32LE(8),
    attributes,
  };
}

/** What makes a link what it is: `veth`, `bridge` …; undefined for hardware and loopback. */
export function kindOf({ attributes }: LinkAnswer): string | undefined {
  const info = attributes.get(c.IFLA_LINKINFO);
  return info && textOf(readAttributes(info).get(c.IFLA_INFO_KIND));
}

/** As people write it: `0a:58:0a:f4:00:01`. */
export function macOf({ attributes }: LinkAnswer): string | undefined {
  return attributes
    .get(c.IFLA_ADDRESS)
    ?.toString('hex')
    .replace(/..(?=.)/g, '$&:');
}

export function toLink(link: LinkAnswer): Link {
  const { index, name, attributes } = link;
  return {
    name,
    index,
    mtu: u32Of(attributes.get(c.IFLA_MTU)) ?? 0,
    kind: kindOf(link),
    alias: textOf(attributes.get(c.IFLA_IFALIAS)),
    mac: macOf(link),
    group: u32Of(attributes.get(c.IFLA_GROUP)) ?? 0,
  };
}

/** net/core/rtnetlink.c; include/uapi/linux/if.h: IF_OPER_UNKNOWN … IF_OPER_UP. As /sys/class/net/NAME/operstate has them. */
export const OPERSTATES = [
  'unknown',
  'notpresent',
  'down',
  'lowerlayerdown',
  'testing',
  'dormant',
  'up',
] as const;

/** An address of a link. */
export interface AddressAnswer {
  /** Of its link. */
  readonly index: number;
  readonly family: number;
  readonly prefix: number;
  readonly bytes: Buffer;
}

/** Every address of the socket's namespace. */
export function askAddresses(socket: NetlinkSocket, equivalent: string): AddressAnswer[] {
  const message: Message = {
    type: c.RTM_GETADDR,
    flags: 0,
    asks: 'all',
    // struct ifaddrmsg, of which the family alone counts
    body: (write) => write.fixed([1, c.AF_UNSPEC], [1, 0], [1, 0], [1, 0], [4, 0]),
  };
  return socket
    .ask(message, {
      args: '{RTM_GETADDR, NLM_F_DUMP}',
      equivalent,
      purpose: 'the addresses of the interfaces',
    })
    .map(({ body }) => toAddressAnswer(body));
}

/** Of a point-to-point address, IFA_ADDRESS is the other side's; IPv6 has most often no IFA_LOCAL. rtnetlink(7) */
function toAddressAnswer(body: Buffer): AddressAnswer {
  const attributes = readAttributes(body, 8);
  return {
    index: body.readUInt32LE(4),
    family: body.readUInt8(0),
    prefix: body.readUInt8(1),
    bytes: attributes.get(c.IFA_LOCAL) ?? attributes.get(c.IFA_ADDRESS) ?? Buffer.alloc(0),
  };
}

/** The IPv4 routes of all tables of the socket's namespace. */
export function askRoutes(socket: NetlinkSocket, names: ReadonlyMap<number, string>): Route[] {
  const message: Message = {
    type: c.RTM_GETROUTE,
    flags: 0,
    asks: 'all',
    // struct rtmsg, of which the family alone counts
    body: (write) => write.fixed([1, c.AF_INET], [1, 0], [1, 0], [1, 0], [4, 0], [4, 0]),
  };
  return socket
    .ask(message, {
      args: '{RTM_GETROUTE, NLM_F_DUMP, AF_INET}',
      equivalent: 'ip -4 route show table all',
      purpose: ROUTES,
    })
    .flatMap(({ body }) => toRoutes(body, names));
}

/** Whether there are rules besides the three that the kernel makes. ip-rule(8) */
export function askPolicyRules(socket: NetlinkSocket): boolean {
  const message: Message = {
    type: c.RTM_GETRULE,
    flags: 0,
    asks: 'all',
    // struct fib_rule_hdr, of which the family alone counts
    body: (write) => write.fixed([1, c.AF_INET], [1, 0], [1, 0], [1, 0], [4, 0], [4, 0]),
  };
  const telling = {
    args: '{RTM_GETRULE, NLM_F_DUMP, AF_INET}',
    equivalent: 'ip -4 rule show',
    purpose: RULES,
  };
  return socket.ask(message, telling).some(({ body }) => {
    const table = u32Of(readAttributes(body, 12).get(c.FRA_TABLE)) ?? body.readUInt8(4);
    return ![c.RT_TABLE_LOCAL, c.RT_TABLE_MAIN, c.RT_TABLE_DEFAULT].includes(table);
  });
}

function toRoutes(body: Buffer, names: ReadonlyMap<number, string>): Route[] {
  const prefix = body.readUInt8(1);
  const attributes = readAttributes(body, 12);
  const address = attributes.get(c.RTA_DST)?.join('.');
  const to = address === undefined ? 'default' : prefix === 32 ? address : `${address}/${prefix}`;
  const several = attributes.get(c.RTA_MULTIPATH);
  const devices = several ? nexthopsIn(several) : [u32Of(attributes.get(c.RTA_OIF))];
  return devices.map((device) => ({ to, device: device === undefined ? undefined : names.get(device) }));
}

/** struct rtnexthop: length, flags, weight, index of the device, and then attributes. */
function nexthopsIn(several: Buffer): number[] {
  const found: number[] = [];
  for (let at = 0; at + 8 <= several.length; at += (Math.max(several.readUInt16LE(at), 8) + 3) & ~3)
    found.push(several.readInt32LE(at + 4));
  return found;
}
