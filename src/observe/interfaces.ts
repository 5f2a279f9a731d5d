import type { Ip, IpObject } from '../net/ip.ts';
import type { Interface } from '../spec/wiring.ts';

/** An interface, with the kernel's own reference to its other end. */
export interface RawInterface extends Omit<Interface, 'peer'> {
  /** The other end, when it is in the same namespace: its name. */
  readonly link: string | undefined;
  /** The other end, when it is in another namespace: its index in the namespace that has this nsid. */
  readonly linkIndex: number | undefined;
  readonly nsid: number | undefined;
}

/** Equivalent to: `ip -details -json address`, run in the thread's current network namespace. */
export async function readInterfaces(ip: Pick<Ip, 'query'>): Promise<RawInterface[]> {
  return (await ip.query('the interfaces, and where their peers are', '-details', 'address')).map(
    toInterface,
  );
}

function toInterface(object: IpObject): RawInterface {
  const {
    ifname = '?',
    ifindex = 0,
    mtu = 0,
    link_type,
    address,
    master,
    operstate,
    link,
    link_index,
  } = object;
  const { info_kind, info_data } = (object.linkinfo ?? {}) as { info_kind?: string; info_data?: object };
  const flags = (object.flags ?? []) as string[];
  return {
    index: ifindex,
    name: ifname,
    kind: info_kind ?? String(link_type),
    up: flags.includes('UP') && operstate !== 'LOWERLAYERDOWN',
    mac: typeof address === 'string' && link_type === 'ether' ? address : null,
    mtu,
    addresses: ((object.addr_info ?? []) as IpAddress[]).map(cidr),
    master: typeof master === 'string' ? master : null,
    detail: detailOf(info_kind, { ...info_data }, typeof link === 'string' ? link : undefined),
    link: typeof link === 'string' ? link : undefined,
    linkIndex: typeof link_index === 'number' ? link_index : undefined,
    nsid: typeof object.link_netnsid === 'number' ? object.link_netnsid : undefined,
  };
}

interface IpAddress {
  readonly local?: string;
  readonly address?: string;
  readonly prefixlen?: number;
}

/** In a point-to-point address, `local` is this side and `address` is the other side. */
function cidr({ local, address, prefixlen }: IpAddress): string {
  return `${local ?? address}/${prefixlen}`;
}

type Data = Readonly<Record<string, unknown>>;

/** A summary of a tunnel's or VLAN's own data: `42 to 10.0.0.9 port 4789 over eth0`. */
function detailOf(kind: string | undefined, data: Data, link: string | undefined): string | null {
  if (kind === undefined || kind === 'veth' || kind === 'bridge') return null;
  const over = data.link ?? link;
  const words = [
    ['', data.id],
    ['to ', data.remote ?? data.remote6 ?? data.group ?? data.group6],
    ['from ', data.local ?? data.local6],
    ['port ', data.port],
    ['', data.mode ?? data.type],
    ['over ', over],
  ].flatMap(([word, value]) =>
    typeof value === 'string' || typeof value === 'number' ? [`${word}${value}`] : [],
  );
  return words.length > 0 ? words.join(' ') : null;
}
