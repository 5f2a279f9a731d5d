import { closeSync, openSync } from 'node:fs';
import { basename } from 'node:path';
import { withoutPrefix } from '../net/address.ts';
import { openLink, openLoopback } from '../net/bridge.ts';
import type { OurLink } from '../net/delete-links.ts';
import { deviceExists } from '../net/device.ts';
import { setFirstRoutes } from '../net/first-route.ts';
import { bearsMark, groupOf, type KnownOwner, kernelName, mark } from '../net/names.ts';
import type { Operation } from '../net/operations.ts';
import { publishAlone } from '../net/port.ts';
import type { OwnedHolder } from './holder.ts';
import type { Host } from './host.ts';
import { type Intent, leadsPorts, ownerOf, type Wiring } from './record.ts';

/** A pod has at most so many interfaces: what may be left of one whose record is damaged is looked for by their names. */
export const MOST_INTERFACES = 16;

/** A name for the host's end of the pair that no device here has. `place`: of the interface in its pod. */
export function freeHostInterface(instance: string, pod: string, place: number): string {
  let salt = 0;
  while (deviceExists(hostInterfaceName(instance, pod, place, salt))) salt++;
  return hostInterfaceName(instance, pod, place, salt);
}

/** The names of the host's ends of all interfaces that a pod may have, where no other device had them. */
export function possibleHostInterfaces(instance: string, pod: string): string[] {
  return Array.from({ length: MOST_INTERFACES }, (_, place) => hostInterfaceName(instance, pod, place, 0));
}

function hostInterfaceName(instance: string, pod: string, place: number, salt: number): string {
  return kernelName('nsv', `${instance}/${pod}${place === 0 ? '' : `/${place}`}`, salt);
}

/**
 * The host's end of a pod's pair, for its deletion. The kernel sets an alias only on an existing link: one without is ours
 * by its name on record and the group number of the instance, which it was created with.
 */
export function hostLink(name: string, owner: KnownOwner): OurLink {
  const group = groupOf(owner.instance);
  return {
    name,
    isOurs: ({ kind, alias, group: found }) =>
      kind === 'veth' && (bearsMark(alias, owner) || (alias === undefined && found === group)),
  };
}

type Pinned = Pick<OwnedHolder, 'pid' | 'netnsSocket'>;

/** Connects the holder: the pairs from outside; then lo, each interface, its address and its routes from inside. */
export async function wire(
  host: Host,
  intent: Intent,
  holder: Pinned,
  wiring: readonly Wiring[],
): Promise<void> {
  await host.net.apply(wiring.flatMap((each) => pairOperations(intent, holder, each)));
  const routed = wiring.filter(({ bridge }) => !bridge);
  for (const { hostInterface } of routed) openLink(host, hostInterface);
  await setFirstRoutes(
    host,
    routed.map(({ address, hostInterface }) => ({ destination: address, name: hostInterface })),
  );
  host.transcript.step = 'address';
  const { netns } = intent;
  await inside(host, intent, holder, [
    ...(netns ? [] : loopbackOperations(intent)),
    ...wiring.flatMap((each, place) => interfaceOperations(each, place === 0 && !netns?.hasDefaultRoute)),
  ]);
}

function pairOperations(intent: Intent, { pid }: Pinned, wiring: Wiring): Operation[] {
  const { hostInterface: name, interface: peer, bridge, gateway } = wiring;
  return [
    {
      ...{ do: 'addVeth', name, peer, peerMac: wiring.mac, peerNetnsOf: pid },
      ...{ mtu: wiring.mtu, group: groupOf(intent.instance.id) },
    },
    { do: 'setAlias', name, alias: mark(ownerOf(intent)) },
    { do: 'setNoAutoAddress', name },
    ...(bridge ? [{ do: 'setMaster', name, master: bridge } as const] : []),
    ...(bridge && leadsPorts(intent, wiring) ? [{ do: 'setHairpin', name } as const] : []),
    ...(bridge ? [] : [{ do: 'addAddress', cidr: `${gateway}/32`, name } as const]),
    { do: 'setUp', name },
    ...(bridge ? [] : [{ do: 'addLinkRoute', destination: wiring.address, name } as const]),
  ];
}

/** Where there is no bridge the neighbours are behind the gateway, which the default route of another interface is not for. */
function interfaceOperations(wiring: Wiring, isDefault: boolean): Operation[] {
  const { interface: name, bridge, gateway, subnet } = wiring;
  return [
    { do: 'setNoAutoAddress', name },
    { do: 'addAddress', cidr: wiring.address, name },
    { do: 'setUp', name },
    ...(bridge ? [] : [{ do: 'addLinkRoute', destination: gateway, name } as const]),
    ...(isDefault ? [{ do: 'addDefaultRoute', gateway, name } as const] : []),
    ...(isDefault || bridge ? [] : [{ do: 'addRoute', destination: subnet, gateway, name } as const]),
  ];
}

/** A pod without a network still has its loopback. */
export async function wireLoopback(host: Host, intent: Intent, holder: Pinned): Promise<void> {
  host.transcript.step = 'address';
  await inside(host, intent, holder, loopbackOperations(intent));
}

/** A mount bears no mark, and outlives every process and link of the pod: whose it is, is said by an alias in there. */
function loopbackOperations(intent: Intent): Operation[] {
  const isPinned = intent.pinned === true;
  return [
    ...(isPinned ? [{ do: 'setAlias', name: 'lo', alias: mark(ownerOf(intent)) } as const] : []),
    { do: 'setUp', name: 'lo' },
  ];
}

export async function publish(host: Host, intent: Intent, wiring: Wiring): Promise<void> {
  const { table, address, bridge, hostInterface } = wiring;
  openLoopback(host, bridge ?? hostInterface);
  const pod = { owner: ownerOf(intent), address: withoutPrefix(address), ports: intent.ports };
  await publishAlone(host, table, pod);
  host.conntrack.forget(intent.ports, host.warn);
}

async function inside(
  host: Host,
  { netnsLink }: Pick<Intent, 'netnsLink'>,
  { pid, netnsSocket }: Pinned,
  operations: readonly Operation[],
): Promise<void> {
  if (netnsSocket) return host.net.apply(operations, { fd: netnsSocket, pid });
  const name = netnsLink && basename(netnsLink);
  const fd = openSync(`/proc/${pid}/ns/net`, 'r');
  try {
    await host.net.apply(operations, { fd, pid, ...(name !== undefined && { name }) });
  } finally {
    closeSync(fd);
  }
}
