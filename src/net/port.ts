import type { PortMapping } from '../spec/port.ts';
import { OperationError } from '../sys/errors.ts';
import { listeningSockets } from '../sys/listening-sockets.ts';
import { mark, type Owner } from './names.ts';
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
export function portElements({ owner, address, ports }: Publishing): string[] {
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

/** Takes elements out of the maps of published ports: those whose comment is ours. */
export async function withdrawPorts(
  host: Pick<NetHost, 'nft'>,
  isOurs: (comment: unknown) => boolean,
): Promise<void> {
  const objects = await host.nft.list('the elements that bear the mark of these pods', 'ruleset', 'ip');
  const lines = objects.flatMap(({ map }) => {
    if (map?.name !== PORT_MAP) return [];
    const keys = ((map.elem ?? []) as NftElement[]).flatMap(([key]) =>
      typeof key === 'object' && key.elem && isOurs(key.elem.comment)
        ? [key.elem.val.concat.join(' . ')]
        : [],
    );
    return keys.length > 0 ? [`delete element ip ${map.table} ${PORT_MAP} { ${keys.join(', ')} }\n`] : [];
  });
  if (lines.length > 0) await host.nft.apply(lines.join(''), 'the ports are free again');
}

/** `[key, value]` of a map as `nft -j` prints it; a key with a comment is wrapped. */
type NftElement = [{ elem?: { val: { concat: (string | number)[] }; comment?: string } }, unknown];
