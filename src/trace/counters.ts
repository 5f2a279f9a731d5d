/** The kernel's counters of one network namespace, by name: `IpInAddrErrors`, `TcpExtListenOverflows`. */
export type Counters = ReadonlyMap<string, number>;

/** /proc/net/snmp and /proc/net/netstat: of two lines the first has the names, the second the values. net/ipv4/proc.c */
export function parseCounters(text: string): Counters {
  const lines = text.split('\n').filter((line) => line !== '');
  const found = new Map<string, number>();
  for (let at = 0; at + 1 < lines.length; at += 2) {
    const [group = '', ...names] = (lines[at] ?? '').split(' ');
    const [, ...values] = (lines[at + 1] ?? '').split(' ');
    for (const [place, name] of names.entries())
      found.set(`${group.slice(0, -1)}${name}`, Number(values[place]));
  }
  return found;
}

/** Those that count dropped packets and rose in between. Other packets of the namespace can have raised them, too. */
export function risenDrops(before: Counters, after: Counters): string[] {
  return DROPS.filter((name) => (after.get(name) ?? 0) > (before.get(name) ?? 0));
}

const DROPS = [
  'IpInHdrErrors',
  'IpInAddrErrors',
  'IpInDiscards',
  'IpOutDiscards',
  'IpOutNoRoutes',
  'IpFragFails',
  'IpExtInNoRoutes',
  'TcpExtIPReversePathFilter',
  'TcpExtListenOverflows',
  'TcpExtListenDrops',
  'TcpExtTCPMD5NotFound',
  'UdpNoPorts',
  'UdpRcvbufErrors',
] as const;
