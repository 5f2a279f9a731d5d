import { type HostPort, hostPortName, overlap, type PortMapping, type Protocol } from '../spec/port.ts';
import { OperationError } from '../sys/errors.ts';
import { listeningSockets } from '../sys/listening-sockets.ts';
import { readMaybe } from '../sys/procfs.ts';
import { dotted } from './evidence.ts';
import { leasesIn, readLease, Taken } from './ipam.ts';
import { bearsMark, mark, type Owner, ownerIn } from './names.ts';
import type { NetHost } from './net-host.ts';
import { ADDRESS_PORT_MAP, PORT_MAP } from './ruleset.ts';

/** What a lease of a host's port is called. */
export function portLease({ protocol, hostPort, hostIP }: HostPort): string {
  return [protocol, hostPort, ...(hostIP === undefined ? [] : [hostIP])].join('-');
}

/** Refuses a port that another pod has leased, on one address or on all. Needs the lock of the directory. */
export function refuseLeased(directory: string, ports: readonly PortMapping[]): void {
  const leases = new Map<string, HostPort[]>();
  for (const name of leasesIn(directory)) {
    const [protocol = '', hostPort = '', hostIP] = name.split('-');
    const lease = { protocol: protocol as Protocol, hostPort: Number(hostPort), ...(hostIP && { hostIP }) };
    const key = `${protocol}-${hostPort}`;
    leases.set(key, [...(leases.get(key) ?? []), lease]);
  }
  for (const port of ports) {
    const same = leases.get(`${port.protocol}-${port.hostPort}`) ?? [];
    const other = same.find((lease) => overlap(lease, port));
    if (!other) continue;
    const pod = readLease(directory, portLease(other))?.pod;
    throw new Taken(`port ${hostPortName(other)} is published by pod "${pod}" already`, {
      code: 'ERR_PORT_IN_USE',
    });
  }
}

/** Refuses a port on which a program of the host listens: the pod would take its connections away. */
export function refuseTaken(ports: readonly PortMapping[]): void {
  const sockets = new Map(
    [...new Set(ports.map(({ protocol }) => protocol))].map((each) => [each, listeningSockets(each)]),
  );
  for (const port of ports) {
    const { hostPort, protocol, hostIP } = port;
    const taken = sockets.get(protocol)?.some((socket) => {
      return socket.port === hostPort && (hostIP === undefined || listensOn(socket.address, hostIP));
    });
    if (taken) {
      throw new OperationError(`port ${hostPortName(port)} of this host is in use`, {
        code: 'ERR_PORT_IN_USE',
        hint: `see who has it: ss -lnp ${protocol === 'tcp' ? '-t' : '-u'} 'sport = :${hostPort}'`,
      });
    }
  }
}

/** Whether a socket that is bound to `bound`, as /proc prints it, gets what is sent to an IPv4 address. */
function listensOn(bound: string, address: string): boolean {
  // An IPv4 address may be mapped into IPv6. Each 32 bits are printed as one number of this machine.
  const isV4 = bound.length === 8 || /^0{16}(FFFF0000|0000FFFF)/i.test(bound);
  return /^0+$/.test(bound) || (isV4 && dotted(bound.slice(-8)) === address);
}

/** Refuses an address that this host does not have: nothing would ever arrive for it. */
export function refuseForeignAddress(ports: readonly PortMapping[]): void {
  const wanted = ports.flatMap(({ hostIP }) => hostIP ?? []).filter((address) => !address.startsWith('127.'));
  if (wanted.length === 0) return;
  const trie = readMaybe('/proc/thread-self/net/fib_trie') ?? '';
  const own = new Set([...trie.matchAll(/-- ([\d.]+)\n\s+\/32 host LOCAL/g)].map(([, address]) => address));
  const foreign = wanted.find((address) => !own.has(address));
  if (foreign === undefined) return;
  throw new OperationError(`this host has no address ${foreign}: no port can be published on it`, {
    hint: 'see its addresses: ip -4 address; without an address a port is published on all of them',
  });
}

/** A pod that publishes ports. */
export interface Publishing {
  readonly owner: Owner;
  readonly address: string;
  readonly ports: readonly PortMapping[];
}

/** The map in which a port of the host is a key, and that key as nft takes it. */
function elementOf({ protocol, hostPort, hostIP }: HostPort): { readonly map: string; readonly key: string } {
  const key = `${protocol} . ${hostPort}`;
  return hostIP === undefined ? { map: PORT_MAP, key } : { map: ADDRESS_PORT_MAP, key: `${hostIP} . ${key}` };
}

/** Equivalent to: `nft create element ip TABLE hostports { tcp . 8080 : ADDRESS . 80 }`, for all of them at once. */
export async function publishPorts(
  host: Pick<NetHost, 'nft'>,
  table: string,
  { owner, address, ports }: Publishing,
): Promise<void> {
  const comment = mark(owner);
  const elements = ports.map((port) => {
    const { map, key } = elementOf(port);
    return { map, text: `${key} comment "${comment}" : ${address} . ${port.podPort}` };
  });
  // `create` and not `add`: an element that is there already is an error, not a silent success.
  await host.nft.apply(
    inMaps('create', table, elements),
    "the pod's published ports: elements of a map of the network's table",
  );
}

/**
 * Publishes, and looks again: another instance may have written its own element since the last look. Each writes first and
 * looks then, so that at least one of two sees the other's and withdraws; at the very same moment, both do.
 */
export async function publishAlone(
  host: Pick<NetHost, 'net' | 'nft'>,
  table: string,
  pod: Publishing,
): Promise<void> {
  await publishPorts(host, table, pod);
  try {
    await refusePublished(host, pod.owner.instance, pod.ports);
  } catch (error) {
    await withdrawPorts(host, (comment) => bearsMark(comment, pod.owner));
    throw error;
  }
}

/** One line for each map that has an element. */
function inMaps(
  verb: 'create' | 'delete',
  table: string,
  elements: readonly { readonly map: string; readonly text: string }[],
): string {
  return [PORT_MAP, ADDRESS_PORT_MAP]
    .map((map) => ({ map, texts: elements.filter((each) => each.map === map).map(({ text }) => text) }))
    .filter(({ texts }) => texts.length > 0)
    .map(({ map, texts }) => `${verb} element ip ${table} ${map} { ${texts.join(', ')} }\n`)
    .join('');
}

/** Refuses a port that another instance on this host publishes: of two rules for one port only the later one would count. */
export async function refusePublished(
  host: Pick<NetHost, 'net' | 'nft'>,
  instance: string,
  ports: readonly PortMapping[],
): Promise<void> {
  const owners = (await host.net.tables()).map(({ comment }) => ownerIn(comment));
  if (owners.every((owner) => owner === undefined || owner.instance === instance)) return;
  const published = await portsInMaps(host, 'which ports other instances publish');
  for (const { port: other, comment, table } of published) {
    const owner = ownerIn(comment);
    if (!owner || owner.instance === instance || !ports.some((port) => overlap(port, other))) continue;
    throw new PublishedElsewhere(
      `port ${hostPortName(other)} is published by ${owner.label} of another nslab`,
      {
        code: 'ERR_PORT_IN_USE',
        hint: `it has another state directory: nft list table ip ${table}`,
      },
    );
  }
}

/** A port that another instance on this host publishes. */
export class PublishedElsewhere extends OperationError {}

/** Takes elements out of the maps of published ports: those whose comment is ours. */
export async function withdrawPorts(
  host: Pick<NetHost, 'nft'>,
  isOurs: (comment: unknown) => boolean,
): Promise<void> {
  const published = await portsInMaps(host, 'the elements that bear the mark of these pods');
  const ours = published.filter(({ comment }) => isOurs(comment));
  const lines = [...new Set(ours.map(({ table }) => table))].map((table) => {
    const elements = ours.filter((each) => each.table === table).map(({ port }) => elementOf(port));
    return inMaps(
      'delete',
      table,
      elements.map(({ map, key }) => ({ map, text: key })),
    );
  });
  if (lines.length > 0) await host.nft.apply(lines.join(''), 'the ports are free again');
}

/** A published port that the kernel has. */
interface PublishedPort {
  readonly table: string;
  readonly port: HostPort;
  readonly comment: string | undefined;
}

async function portsInMaps({ nft }: Pick<NetHost, 'nft'>, purpose: string): Promise<PublishedPort[]> {
  return (await nft.list(purpose, 'ruleset', 'ip')).flatMap(({ map }) => {
    if (map?.name !== PORT_MAP && map?.name !== ADDRESS_PORT_MAP) return [];
    return ((map.elem ?? []) as NftElement[]).flatMap(([{ elem }]) => {
      if (!elem) return [];
      const [hostPort, protocol, hostIP] = elem.val.concat.toReversed();
      const port: HostPort = {
        hostPort: Number(hostPort),
        protocol: protocol as Protocol,
        ...(hostIP !== undefined && { hostIP: String(hostIP) }),
      };
      return [{ table: String(map.table), port, comment: elem.comment }];
    });
  });
}

/** `[key, value]` of a map as `nft -j` prints it; a key with a comment is wrapped. */
type NftElement = [{ elem?: { val: { concat: (string | number)[] }; comment?: string } }, unknown];
