import { groupOf, mark } from './names.ts';
import { type NetworkRecord, ownerOf } from './record.ts';

/** The map in which a pod's published ports are elements. */
export const PORT_MAP = 'hostports';

/** The same for ports that are published on one address of the host. */
export const ADDRESS_PORT_MAP = 'addressports';

/**
 * The rules of a network, made once in one transaction; a pod only adds elements to the map. `create` fails where a table of
 * that name exists: it would be another owner's. The comment is written twice because nft 1.0.6 shows a table's own in no JSON.
 */
export function tableText(network: NetworkRecord): string {
  const { table, subnet, ipMasq } = network;
  const group = groupOf(network.instance.id);
  const dnat = `fib daddr type local dnat ip to meta l4proto . th dport map @${PORT_MAP}`;
  const dnatOne = `fib daddr type local dnat ip to ip daddr . meta l4proto . th dport map @${ADDRESS_PORT_MAP}`;
  const comment = `comment "${mark(ownerOf(network))}"`;
  return `create table ip ${table} { ${comment}; }
table ip ${table} {
  map ${PORT_MAP} { type inet_proto . inet_service : ipv4_addr . inet_service; ${comment}; }
  map ${ADDRESS_PORT_MAP} { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; ${comment}; }
  chain raw {
    type filter hook prerouting priority raw; policy accept;
    iifgroup ${group} ip daddr 127.0.0.0/8 drop comment "from a pod to 127.0.0.1 of this host"
    iifgroup ${group} ip saddr 127.0.0.0/8 drop comment "from a pod that takes itself for this host"
  }
  chain prerouting {
    type nat hook prerouting priority -100; policy accept;
    ip daddr 127.0.0.0/8 return comment "127.0.0.1 is for this host itself, and never for another machine"
    ${dnatOne} comment "a port of one address, from outside or from a pod"
    ${dnat} comment "a published port, from outside or from a pod"
  }
  chain output {
    type nat hook output priority -100; policy accept;
    ${dnatOne} comment "a port of one address, from this host itself"
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
