import { mark } from './names.ts';
import { type NetworkRecord, ownerOf } from './record.ts';

/** The map in which a pod's published ports are elements. */
export const PORT_MAP = 'hostports';

/**
 * The rules of a network, made once in one transaction; a pod only adds elements to the map. `create` fails where a table of
 * that name exists: it would be another owner's. The comment is written twice because nft 1.0.6 shows a table's own in no JSON.
 */
export function tableText(network: NetworkRecord): string {
  const { table, subnet, ipMasq } = network;
  const dnat = `fib daddr type local dnat ip to meta l4proto . th dport map @${PORT_MAP}`;
  const comment = `comment "${mark(ownerOf(network))}"`;
  return `create table ip ${table} { ${comment}; }
table ip ${table} {
  map ${PORT_MAP} { type inet_proto . inet_service : ipv4_addr . inet_service; ${comment}; }
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

/** Removes a table by its handle: another program may have made one of the same name meanwhile. */
export function removeTableText(handle: string): string {
  return `delete table ip handle ${handle}\n`;
}
