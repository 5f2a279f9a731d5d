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

/** A link of ours through which pods reach the host: forwarding for what leaves, 127.0.0.1 for published ports. */
export function openLink({ sysctl }: { readonly sysctl: Sysctl }, device: string): void {
  for (const { path, purpose } of linkSettings(device)) sysctl.write(path, '1', purpose);
}

/** The settings of such a link that are switched on, by path below /proc/sys. */
export function linkSettings(device: string): readonly { readonly path: string; readonly purpose: string }[] {
  const path = (setting: string) => `net/ipv4/conf/${device}/${setting}`;
  return [
    { path: path('forwarding'), purpose: FORWARDING },
    {
      path: path('route_localnet'),
      purpose: 'a published port answers on 127.0.0.1 of the host: the kernel drops such packets by default',
    },
  ];
}
