import type { FaultScript } from './lab.ts';
import type { LabSession } from './lab-session.ts';

// What can be wrong on the way of a packet, wherever that is: for labs and drills, and for the tests of `trace`. Each is in a thing
// that goes with the pods and networks that it is about: what is killed with a fault in it leaves nothing.

/** Shell lines that break something, and that repair it. */
export interface Breakage {
  readonly breaks: readonly string[];
  readonly cures: readonly string[];
}

/** Makes of a shell line one that runs in a network namespace. */
export type Inside = (line: string) => string;

/** On this host. */
export const here: Inside = (line) => line;

/** A breakage as a lab has it. */
export function fault(id: string, of: (session: LabSession) => Breakage): FaultScript {
  return { id, breaks: (session) => of(session).breaks, cures: (session) => of(session).cures };
}

export function noDefaultRoute(inside: Inside, gateway: string): Breakage {
  return {
    breaks: [inside('ip route delete default')],
    cures: [inside(`ip route add default via ${gateway}`)],
  };
}

export function blackhole(inside: Inside, to: string): Breakage {
  return {
    breaks: [inside(`ip route add blackhole ${to}`)],
    cures: [inside(`ip route delete blackhole ${to}`)],
  };
}

/** A rule that is asked before all routes. ip-rule(8) */
export function blackholeRule(inside: Inside, to: string): Breakage {
  return {
    breaks: [inside(`ip rule add blackhole to ${to} pref 100`)],
    cures: [inside('ip rule delete pref 100')],
  };
}

/** A route to a link on which no interface has the address. */
export function wrongRoute(inside: Inside, to: string, device: string): Breakage {
  return {
    breaks: [inside(`ip route add ${to} dev ${device}`)],
    cures: [inside(`ip route delete ${to} dev ${device}`)],
  };
}

/** Packets that come in by the device go no further. */
export function forwardingOff(device: string): Breakage {
  const path = `/proc/sys/net/ipv4/conf/${device}/forwarding`;
  return { breaks: [`echo 0 > ${path}`], cures: [`echo 1 > ${path}`] };
}

/** A chain that drops whatever is forwarded, in a table that is there. */
export function forwardDrop(table: string): Breakage {
  return {
    breaks: [`nft 'add chain ip ${table} lab { type filter hook forward priority 0; policy drop; }'`],
    cures: [`nft delete chain ip ${table} lab`],
  };
}

/** A firewall of the destination itself. */
export function inputDrop(inside: Inside, port: number): Breakage {
  const chain = `chain f { type filter hook input priority 0; tcp dport ${port} drop; }`;
  return {
    breaks: [inside(`nft 'table inet fw { ${chain}; }'`)],
    cures: [inside('nft delete table inet fw')],
  };
}

/** What comes in by the device from an address that would be answered by another one is dropped. */
export function reversePathFilter(inside: Inside, device: string): Breakage {
  const write = (value: number) => `sh -c 'echo ${value} > /proc/sys/net/ipv4/conf/${device}/rp_filter'`;
  return { breaks: [inside(write(1))], cures: [inside(write(0))] };
}

/** A neighbour by a MAC address that no interface has, for good. */
export function wrongNeighbour(inside: Inside, address: string, device: string): Breakage {
  return {
    breaks: [inside(`ip neigh replace ${address} lladdr 02:00:00:00:00:66 dev ${device} nud permanent`)],
    cures: [inside(`ip neigh delete ${address} dev ${device}`)],
  };
}

export function noAddress(inside: Inside, cidr: string, gateway: string, device: string): Breakage {
  return {
    breaks: [inside(`ip address delete ${cidr} dev ${device}`)],
    cures: [inside(`ip address add ${cidr} dev ${device}`), inside(`ip route add default via ${gateway}`)],
  };
}

export function linkDown(device: string): Breakage {
  return { breaks: [`ip link set dev ${device} down`], cures: [`ip link set dev ${device} up`] };
}

/** Ports of a bridge that do not see each other. bridge(8): isolated */
export function isolatedPorts(...devices: readonly string[]): Breakage {
  const set = (value: string) => devices.map((device) => `bridge link set dev ${device} isolated ${value}`);
  return { breaks: set('on'), cures: set('off') };
}

/** A bridge drops a frame that is longer than its port takes, and no error is sent. */
export function smallMtu(device: string, mtu: number): Breakage {
  return { breaks: [`ip link set dev ${device} mtu 600`], cures: [`ip link set dev ${device} mtu ${mtu}`] };
}

/** A process that does not run on, and still has its sockets. */
export function stopped(pid: number): Breakage {
  return { breaks: [`kill -STOP ${pid}`], cures: [`kill -CONT ${pid}`] };
}

/** An element that a map or a set lacks. `value`: what a map leads to. */
export function noElement(set: string, key: string, value?: string): Breakage {
  return {
    breaks: [`nft delete element ip ${set} '{ ${key} }'`],
    cures: [`nft add element ip ${set} '{ ${key}${value === undefined ? '' : ` : ${value}`} }'`],
  };
}

/** A rule that a chain lacks: it is found by its comment. */
export function noRule(chain: string, rule: string, comment: string): Breakage {
  return {
    breaks: [deleteRule(chain, comment)],
    cures: [`nft 'insert rule ip ${chain} ${rule} comment "${comment}"'`],
  };
}

/** A rule that a chain has before its own. */
export function oneRuleMore(chain: string, rule: string): Breakage {
  return {
    breaks: [`nft 'insert rule ip ${chain} ${rule} comment "lab"'`],
    cures: [deleteRule(chain, 'lab')],
  };
}

function deleteRule(chain: string, comment: string): string {
  return `nft delete rule ip ${chain} handle $(nft -a list chain ip ${chain} | sed -n 's/.*"${comment}".*handle //p')`;
}

/** Several at once, as one: each alone would not be noticed. */
export function together(...all: readonly Breakage[]): Breakage {
  return {
    breaks: all.flatMap(({ breaks }) => breaks),
    cures: all.flatMap(({ cures }) => cures),
  };
}
