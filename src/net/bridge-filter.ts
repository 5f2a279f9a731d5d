import type { NetHost } from './net-host.ts';

/** br_netfilter's switch, one for each network namespace. */
export const BRIDGE_FILTER = 'net/bridge/bridge-nf-call-iptables';

/** Whether frames between two ports of a bridge pass the hooks of IP, as routed packets do. */
export function filtersBridges({ sysctl }: Pick<NetHost, 'sysctl'>): boolean {
  return sysctl.read(BRIDGE_FILTER) === '1';
}
