import type { PortMapping } from '../spec/port.ts';
import { OperationError } from '../sys/errors.ts';
import { listeningSockets } from '../sys/listening-sockets.ts';
import { mark } from './names.ts';
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

/** Equivalent to: `nft add element ip TABLE hostports { tcp . 8080 : ADDRESS . 80 }`, for all of them at once. */
export async function publishPorts(
  host: Pick<NetHost, 'nft'>,
  table: string,
  pod: { readonly name: string; readonly address: string; readonly ports: readonly PortMapping[] },
): Promise<void> {
  const elements = pod.ports.map(
    ({ protocol, hostPort, podPort }) =>
      `${protocol} . ${hostPort} comment "${mark('pod', pod.name)}" : ${pod.address} . ${podPort}`,
  );
  // `create` and not `add`: an element that is there already is an error, not a silent success.
  await host.nft.apply(`create element ip ${table} ${PORT_MAP} { ${elements.join(', ')} }\n`);
}

/** Takes the elements of these pods out of the map: those that bear a mark of theirs, whatever has become of the rest. */
export async function withdrawPorts(
  host: Pick<NetHost, 'nft'>,
  table: string,
  pods: readonly string[],
): Promise<void> {
  const marks = new Set(pods.map((pod) => mark('pod', pod)));
  const maps = (await host.nft.list('ruleset', 'ip')).flatMap(({ map }) => (map ? [map] : []));
  const map = maps.find((each) => each.table === table && each.name === PORT_MAP);
  const ours = ((map?.elem ?? []) as NftElement[]).flatMap(([key]) =>
    typeof key === 'object' && key.elem && marks.has(key.elem.comment ?? '')
      ? [key.elem.val.concat.join(' . ')]
      : [],
  );
  if (ours.length > 0)
    await host.nft.apply(`delete element ip ${table} ${PORT_MAP} { ${ours.join(', ')} }\n`);
}

/** `[key, value]` of a map as `nft -j` prints it; a key with a comment is wrapped. */
type NftElement = [{ elem?: { val: { concat: (string | number)[] }; comment?: string } }, unknown];
