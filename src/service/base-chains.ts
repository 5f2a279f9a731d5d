import { mark } from '../net/names.ts';
import { proxyOwner } from './record.ts';
import type { Facts } from './ruleset.ts';

const KEY = 'ipv4_addr . inet_proto . inet_service : verdict';
const NODE_KEY = 'inet_proto . inet_service : verdict';
/** kube-proxy's own bit. */
const MARK = '0x4000';

/**
 * The chains with hooks. Never two of one hook with one priority: the younger would be first. NAT comes before that of the pods'
 * networks, and the refusals after it: what has an endpoint has its address by then. TCP is refused by a reset and not by ICMP,
 * of which the kernel sends a host a few in a second.
 */
export function baseText({
  proxy,
  podSubnets,
  unfilteredSubnets,
}: Pick<Facts, 'proxy' | 'podSubnets' | 'unfilteredSubnets'>): string[] {
  const { table, cidr } = proxy;
  const comment = `comment "${mark(proxyOwner(proxy))}"`;
  const pods = podSubnets.length > 0 ? `ip saddr != { ${podSubnets.join(', ')} } ` : '';
  // Without this the network of the client would masquerade it, as it does for published ports. The answer comes back by this host all
  // the same: routed, or by br_netfilter.
  const keeping =
    podSubnets.length > 0
      ? [
          ...unfilteredSubnets.map((subnet) => `ip saddr ${subnet} ip daddr ${subnet} return`),
          `ip saddr { ${podSubnets.join(', ')} } ip daddr { ${podSubnets.join(', ')} } snat to ip saddr comment "an endpoint sees who asks"`,
        ]
      : [];
  // The packet came by the bridge and leaves by it: the kernel would tell the pod to ask its neighbour for the ClusterIP. RFC 792
  const redirects =
    podSubnets.length > 0
      ? `icmp type redirect ip daddr { ${podSubnets.join(', ')} } counter drop comment "no neighbour has a ClusterIP";`
      : '';
  return [
    `table ip ${table} {
  set cluster-ips { type ipv4_addr; comment "ClusterIPs that Services have"; }
  map service-ips { type ${KEY}; ${comment}; }
  map service-nodeports { type ${NODE_KEY}; comment "node ports"; }
  map no-endpoint-services { type ${KEY}; comment "nobody is ready: refused"; }
  map no-endpoint-nodeports { type ${NODE_KEY}; comment "nobody is ready: refused"; }
  chain mark-for-masquerade { }
  chain source-keeping { }
  chain masquerading { type nat hook postrouting priority 99; policy accept; }
  chain reject-chain { }
  chain services { }
  chain cluster-clients { }
  chain nat-prerouting { type nat hook prerouting priority -99; policy accept; }
  chain nat-output { type nat hook output priority -99; policy accept; }
  chain service-endpoints-check { }
  chain nodeport-endpoints-check { }
  chain cluster-ips-check { }
  chain no-redirects { }
  chain filter-input { type filter hook input priority -110; policy accept; }
  chain filter-forward { type filter hook forward priority -110; policy accept; }
  chain filter-output { type filter hook output priority -10; policy accept; }
}`,
    ...BASE_CHAINS.map((chain) => `flush chain ip ${table} ${chain}`),
    ...MAPS.map((map) => `flush map ip ${table} ${map}`),
    `flush set ip ${table} cluster-ips`,
    `table ip ${table} {
  chain mark-for-masquerade { meta mark set meta mark or ${MARK}; }
  chain masquerading {
    meta mark & ${MARK} == 0 ct original ip daddr @cluster-ips goto source-keeping
    meta mark & ${MARK} == 0 return
    meta mark set meta mark xor ${MARK} counter masquerade fully-random comment "so that the answer comes back by this host"
  }
  chain source-keeping { ${keeping.join('; ')}; }
  chain reject-chain {
    counter comment "nobody is ready, or the Service has no such port"
    meta l4proto tcp reject with tcp reset
    reject
  }
  chain cluster-clients { ${pods}jump mark-for-masquerade comment "from outside of the pods"; }
  chain services {
    ip daddr . meta l4proto . th dport vmap @service-ips
    fib daddr type local ip daddr != 127.0.0.0/8 meta l4proto . th dport vmap @service-nodeports
  }
  chain nat-prerouting { jump services; }
  chain nat-output { jump services; }
  chain service-endpoints-check { ip daddr . meta l4proto . th dport vmap @no-endpoint-services; }
  chain nodeport-endpoints-check { fib daddr type local ip daddr != 127.0.0.0/8 meta l4proto . th dport vmap @no-endpoint-nodeports; }
  chain cluster-ips-check {
    ip daddr @cluster-ips goto reject-chain
    ip daddr ${cidr} counter drop comment "a ClusterIP that no Service has"
  }
  chain filter-input { ct state new jump nodeport-endpoints-check; ct state new jump service-endpoints-check; }
  chain filter-forward { ct state new jump service-endpoints-check; ct state new jump cluster-ips-check; }
  chain no-redirects { ${redirects} }
  chain filter-output { jump no-redirects; ct state new jump service-endpoints-check; ct state new jump nodeport-endpoints-check; ct state new jump cluster-ips-check; }
}`,
  ];
}

const BASE_CHAINS = [
  ...['mark-for-masquerade', 'masquerading', 'source-keeping', 'reject-chain', 'cluster-clients', 'services'],
  ...['nat-prerouting', 'nat-output', 'service-endpoints-check', 'nodeport-endpoints-check'],
  ...['cluster-ips-check', 'no-redirects', 'filter-input', 'filter-forward', 'filter-output'],
];

const MAPS = ['service-ips', 'service-nodeports', 'no-endpoint-services', 'no-endpoint-nodeports'];
