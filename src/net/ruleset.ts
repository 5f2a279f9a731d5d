import { mark } from './names.ts';

/** The facts of a network that its rules need. */
interface Facts {
  readonly name: string;
  readonly table: string;
  readonly subnet: string;
  readonly ipMasq: boolean;
}

/** The map in which a pod's published ports are elements. */
export const PORT_MAP = 'hostports';

/**
 * The rules of a network: made once, in one transaction. A pod only adds elements to the map. The first two lines
 * make it the same whether the table was there or not (nft 1.0.6 has no `destroy`).
 */
export function tableText({ name, table, subnet, ipMasq }: Facts): string {
  const dnat = `fib daddr type local dnat ip to meta l4proto . th dport map @${PORT_MAP}`;
  return `table ip ${table} {}
delete table ip ${table}
table ip ${table} {
  comment "${mark('network', name)}"
  map ${PORT_MAP} { type inet_proto . inet_service : ipv4_addr . inet_service; }
  chain prerouting {
    type nat hook prerouting priority -100; policy accept;
    ${dnat} comment "a published port, from outside or from a pod"
  }
  chain output {
    type nat hook output priority -100; policy accept;
    ${dnat} comment "a published port, from this host itself"
  }
  chain postrouting {
    type nat hook postrouting priority 100; policy accept;
${ipMasq ? `    ip saddr ${subnet} ip daddr != ${subnet} masquerade comment "to the outside, as this host"\n` : ''}\
    ip saddr ${subnet} ip daddr ${subnet} ct status dnat masquerade comment "by a published port to a neighbour, or to itself"
    ip saddr 127.0.0.0/8 ip daddr ${subnet} masquerade comment "by a published port of 127.0.0.1"
  }
}
`;
}

/** Removes the table if it is there. */
export function removeTableText(table: string): string {
  return `table ip ${table} {}\ndelete table ip ${table}\n`;
}
