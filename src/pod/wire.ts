import { closeSync, openSync } from 'node:fs';
import { withoutPrefix } from '../net/address.ts';
import { openLink } from '../net/bridge.ts';
import { deviceExists } from '../net/device.ts';
import { kernelName, mark } from '../net/names.ts';
import type { Operation } from '../net/operations.ts';
import { publishPorts } from '../net/port.ts';
import type { OwnedHolder } from './holder.ts';
import type { Host } from './host.ts';
import type { Intent, Wiring } from './record.ts';

/** The pod's interface, as in every pod. */
export const INTERFACE = 'eth0';

/** Whether a pod has an interface of its own in one of our networks. */
export function isWired({ network, share }: Pick<Intent, 'network' | 'share'>): boolean {
  return network !== 'none' && network !== 'host' && share.includes('net');
}

/** A name for the host's end of the pair that no device here has. */
export function freeHostInterface(pod: string): string {
  let salt = 0;
  while (deviceExists(kernelName('nsv', pod, salt))) salt++;
  return kernelName('nsv', pod, salt);
}

type Pinned = Pick<OwnedHolder, 'pid' | 'way'>;

/** Connects the holder: the pair from outside; then lo, eth0, address and route from inside. */
export async function wire(host: Host, intent: Intent, holder: Pinned, wiring: Wiring): Promise<void> {
  const { hostInterface: name, bridge, gateway } = wiring;
  const outside: Operation[] = [
    { do: 'addVeth', name, peer: INTERFACE, peerMac: wiring.mac, peerNetnsOf: holder.pid, mtu: wiring.mtu },
    { do: 'setAlias', name, alias: mark('pod', intent.name) },
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
  const pod = { name: intent.name, address: withoutPrefix(address), ports: intent.ports };
  await publishPorts(host, table, pod);
}

async function inside(host: Host, { pid, way }: Pinned, operations: readonly Operation[]): Promise<void> {
  if (way) return host.net.apply(operations, { fd: way, pid });
  const fd = openSync(`/proc/${pid}/ns/net`, 'r');
  try {
    await host.net.apply(operations, { fd, pid });
  } finally {
    closeSync(fd);
  }
}
