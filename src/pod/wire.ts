import { closeSync, openSync } from 'node:fs';
import { withoutPrefix } from '../net/address.ts';
import { openLink } from '../net/bridge.ts';
import type { OurLink } from '../net/delete-links.ts';
import { deviceExists } from '../net/device.ts';
import { bearsMark, groupOf, type KnownOwner, kernelName, mark } from '../net/names.ts';
import type { Operation } from '../net/operations.ts';
import { publishPorts } from '../net/port.ts';
import type { OwnedHolder } from './holder.ts';
import type { Host } from './host.ts';
import { type Intent, ownerOf, type Wiring } from './record.ts';

/** The pod's interface, as in every pod. */
export const INTERFACE = 'eth0';

/** Whether a pod has an interface of its own in one of our networks. */
export function isWired({ network, share }: Pick<Intent, 'network' | 'share'>): boolean {
  return network !== 'none' && network !== 'host' && share.includes('net');
}

/** A name for the host's end of the pair that no device here has. */
export function freeHostInterface(instance: string, pod: string): string {
  let salt = 0;
  while (deviceExists(hostInterfaceName(instance, pod, salt))) salt++;
  return hostInterfaceName(instance, pod, salt);
}

export function hostInterfaceName(instance: string, pod: string, salt = 0): string {
  return kernelName('nsv', `${instance}/${pod}`, salt);
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

/** Connects the holder: the pair from outside; then lo, eth0, address and route from inside. */
export async function wire(host: Host, intent: Intent, holder: Pinned, wiring: Wiring): Promise<void> {
  const { hostInterface: name, bridge, gateway } = wiring;
  const outside: Operation[] = [
    {
      ...{ do: 'addVeth', name, peer: INTERFACE, peerMac: wiring.mac, peerNetnsOf: holder.pid },
      ...{ mtu: wiring.mtu, group: groupOf(intent.instance.id) },
    },
    { do: 'setAlias', name, alias: mark(ownerOf(intent)) },
    { do: 'setNoAutoAddress', name },
    ...(bridge ? [{ do: 'setMaster', name, master: bridge } as const] : []),
    ...(bridge && intent.ports.length > 0 ? [{ do: 'setHairpin', name } as const] : []),
    ...(bridge ? [] : [{ do: 'addAddress', cidr: `${gateway}/32`, name } as const]),
    { do: 'setUp', name },
    ...(bridge ? [] : [{ do: 'addLinkRoute', destination: wiring.address, name } as const]),
  ];
  await host.net.apply(outside);
  if (!bridge) openLink(host, name);
  host.transcript.step = 'address';
  await inside(host, holder, [
    { do: 'setUp', name: 'lo' },
    { do: 'setNoAutoAddress', name: INTERFACE },
    { do: 'addAddress', cidr: wiring.address, name: INTERFACE },
    { do: 'setUp', name: INTERFACE },
    ...(bridge ? [] : [{ do: 'addLinkRoute', destination: gateway, name: INTERFACE } as const]),
    { do: 'addDefaultRoute', gateway, name: INTERFACE },
  ]);
}

/** A pod without a network still has its loopback. */
export async function wireLoopback(host: Host, holder: Pinned): Promise<void> {
  host.transcript.step = 'address';
  await inside(host, holder, [{ do: 'setUp', name: 'lo' }]);
}

export async function publish(host: Host, intent: Intent, { table, address }: Wiring): Promise<void> {
  const pod = { owner: ownerOf(intent), address: withoutPrefix(address), ports: intent.ports };
  await publishPorts(host, table, pod);
}

async function inside(
  host: Host,
  { pid, netnsSocket }: Pinned,
  operations: readonly Operation[],
): Promise<void> {
  if (netnsSocket) return host.net.apply(operations, { fd: netnsSocket, pid });
  const fd = openSync(`/proc/${pid}/ns/net`, 'r');
  try {
    await host.net.apply(operations, { fd, pid });
  } finally {
    closeSync(fd);
  }
}
