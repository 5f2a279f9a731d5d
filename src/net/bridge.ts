import type { Sysctl } from '../sys/sysctl.ts';
import { macOf, parseSubnet } from './address.ts';
import { FORWARDING } from './forwarding.ts';
import { groupOf, mark } from './names.ts';
import type { Operation } from './operations.ts';
import { type NetworkRecord, ownerOf } from './record.ts';

/** How a network's bridge is made, in order; nothing for a network that has none, because its pods are routed. */
export function bridgeOperations(record: NetworkRecord): Operation[] {
  const { bridge, gateway, subnet, mtu } = record;
  if (bridge === undefined) return [];
  return [
    { do: 'addBridge', name: bridge, mac: macOf(gateway), mtu, group: groupOf(record.instance.id) },
    { do: 'setAlias', name: bridge, alias: mark(ownerOf(record)) },
    { do: 'setNoAutoAddress', name: bridge },
    { do: 'addAddress', cidr: `${gateway}/${parseSubnet(subnet).prefix}`, name: bridge },
    { do: 'setUp', name: bridge },
  ];
}

/** A link of ours through which packets of pods come in. */
export function openLink({ sysctl }: { readonly sysctl: Sysctl }, device: string): void {
  sysctl.write(forwardingOf(device), '1', FORWARDING);
}

/**
 * A link of ours to a pod with a published port: 127.0.0.1 of the host leads to that, too. The kernel would also let a pod reach
 * what listens on 127.0.0.1 of the host (CVE-2020-8558): two rules of the network's table drop that.
 */
export function openLoopback({ sysctl }: { readonly sysctl: Sysctl }, device: string): void {
  const purpose =
    'a published port answers on 127.0.0.1 of the host: the kernel drops such packets by default';
  sysctl.write(routeLocalnetOf(device), '1', purpose);
}

/** The setting of openLink, by its path below /proc/sys. */
export function forwardingOf(device: string): string {
  return `net/ipv4/conf/${device}/forwarding`;
}

/** The setting of openLoopback. */
export function routeLocalnetOf(device: string): string {
  return `net/ipv4/conf/${device}/route_localnet`;
}
