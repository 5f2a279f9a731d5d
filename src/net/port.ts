import type { PortMapping } from '../spec/port.ts';
import { OperationError } from '../sys/errors.ts';
import { listeningSockets } from '../sys/listening-sockets.ts';
import { mark, type Owner, ownerIn } from './names.ts';
import type { NetHost } from './net-host.ts';
import { PORT_MAP } from './ruleset.ts';

/** What a lease of a host's port is called. */
export function portLease({ protocol, hostPort }: PortMapping): string {
  return `${protocol}-${hostPort}`;
}

/** Refuses a port on which a program of the host listens: the pod would take its connections away. */
export function refuseTaken(ports: readonly PortMapping[]): void {
  for (const { hostPort, protocol } of ports) {
    if (listeningSockets(protocol).some(({ port }) => port === hostPort)) {
      throw new OperationError(`port ${hostPort}/${protocol} of this host is in use`, {
        hint: `see who has it: ss -lnp ${protocol === 'tcp' ? '-t' : '-u'} 'sport = :${hostPort}'`,
      });
    }
  }
}

/** A pod that publishes ports. */
export interface Publishing {
  readonly owner: Owner;
  readonly address: string;
  readonly ports: readonly PortMapping[];
}

/** The elements of a pod's published ports, as nft takes them. */
function portElements({ owner, address, ports }: Publishing): string[] {
  const comment = mark(owner);
  return ports.map(
    ({ protocol, hostPort, podPort }) =>
      `${protocol} . ${hostPort} comment "${comment}" : ${address} . ${podPort}`,
  );
}

/** Equivalent to: `nft create element ip TABLE hostports { tcp . 8080 : ADDRESS . 80 }`, for all of them at once. */
export async function publishPorts(
  host: Pick<NetHost, 'nft'>,
  table: string,
  pod: Publishing,
): Promise<void> {
  const elements = portElements(pod);
  // `create` and not `add`: an element that is there already is an error, not a silent success.
  await host.nft.apply(
    `create element ip ${table} ${PORT_MAP} { ${elements.join(', ')} }\n`,
    "the pod's published ports: elements of a map of the network's table",
  );
}

/** Refuses a port that another instance on this host publishes: of two rules for one port only the later one would count. */
export async function refusePublished(
  host: Pick<NetHost, 'net' | 'nft'>,
  instance: string,
  ports: readonly PortMapping[],
): Promise<void> {
  const owners = (await host.net.tables()).map(({ comment }) => ownerIn(comment));
  if (owners.every((owner) => owner === undefined || owner.instance === instance)) return;
  const elements = await portsInMaps(host, 'which ports other instances publish');
  for (const { hostPort, protocol } of ports) {
    const other = elements.find(({ key }) => key === `${protocol} . ${hostPort}`);
    const owner = ownerIn(other?.comment);
    if (owner && owner.instance !== instance)
      throw new OperationError(
        `port ${hostPort}/${protocol} is published by ${owner.label} of another nslab`,
        {
          hint: `it has another state directory: nft list table ip ${other?.table}`,
        },
      );
  }
}

/** Takes elements out of the maps of published ports: those whose comment is ours. */
export async function withdrawPorts(
  host: Pick<NetHost, 'nft'>,
  isOurs: (comment: unknown) => boolean,
): Promise<void> {
  const elements = await portsInMaps(host, 'the elements that bear the mark of these pods');
  const byTable = new Map<string, string[]>();
  for (const { table, key, comment } of elements)
    if (isOurs(comment)) byTable.set(table, [...(byTable.get(table) ?? []), key]);
  const lines = [...byTable].map(
    ([table, keys]) => `delete element ip ${table} ${PORT_MAP} { ${keys.join(', ')} }\n`,
  );
  if (lines.length > 0) await host.nft.apply(lines.join(''), 'the ports are free again');
}

/** A published port: its key is as nft takes it, `tcp . 8080`. */
interface PublishedPort {
  readonly table: string;
  readonly key: string;
  readonly comment: string | undefined;
}

async function portsInMaps({ nft }: Pick<NetHost, 'nft'>, purpose: string): Promise<PublishedPort[]> {
  return (await nft.list(purpose, 'ruleset', 'ip')).flatMap(({ map }) => {
    if (map?.name !== PORT_MAP) return [];
    return ((map.elem ?? []) as NftElement[]).flatMap(([key]) =>
      key.elem
        ? [{ table: String(map.table), key: key.elem.val.concat.join(' . '), comment: key.elem.comment }]
        : [],
    );
  });
}

/** `[key, value]` of a map as `nft -j` prints it; a key with a comment is wrapped. */
type NftElement = [{ elem?: { val: { concat: (string | number)[] }; comment?: string } }, unknown];
