import {
  type Breakage,
  blackhole,
  forwardingOff,
  here,
  type Inside,
  inputDrop,
  noDefaultRoute,
} from '../../src/lab/faults.ts';

/** What is broken, and what is told of it. Without the fault the same probe reaches its destination. */
interface Fault {
  readonly what: string;
  /** A script; `$a`, `$b`, `$lone` and `$outside` are pids in those namespaces. */
  readonly fault: string;
  readonly mend: string;
  readonly probe: string;
  readonly result: 'refused' | 'dropped';
  /** Undefined: beyond this machine. */
  readonly at: string;
  readonly why: RegExp;
}

export const OUT = 'a tcp 203.0.113.1:80';
const firewall = (hook: string, rule: string, policy = 'accept') =>
  `nft -f - <<'END'
table inet fw {
  chain f { type filter hook ${hook} priority 0; policy ${policy}
    ${rule}
  }
}
END`;

/** A breakage that drills have, too. */
const of = ({ breaks, cures }: Breakage) => ({ fault: breaks.join('\n'), mend: cures.join('\n') });
const inA: Inside = (line) => `nsenter -t $a -n ${line}`;
const inB: Inside = (line) => `nsenter -t $b -n ${line}`;

export const FAULTS: readonly Fault[] = [
  {
    what: 'a rule of another firewall drops what is forwarded',
    fault: firewall('forward', 'ip daddr 203.0.113.1 tcp dport 80 counter drop comment "no way out"'),
    mend: 'nft delete table inet fw',
    probe: OUT,
    result: 'dropped',
    at: 'this host',
    why: /chain f of table inet fw .*drop comment "no way out"/,
  },
  {
    what: 'a rule rejects it',
    fault: firewall('forward', 'ip daddr 203.0.113.1 reject comment "go away"'),
    mend: 'nft delete table inet fw',
    probe: OUT,
    result: 'refused',
    at: 'this host',
    why: /refused by chain f of table inet fw .*reject.*"go away"/,
  },
  {
    what: 'a policy drops it',
    fault: firewall('forward', 'ip daddr 192.0.2.1 accept', 'drop'),
    mend: 'nft delete table inet fw',
    probe: OUT,
    result: 'dropped',
    at: 'this host',
    why: /chain f of table inet fw \(its policy\)/,
  },
  {
    what: 'a rule of a bridge drops it',
    fault: `nft 'table bridge fw { chain f { type filter hook forward priority 0; ip daddr 10.244.0.3 tcp dport 80 drop; }; }'`,
    mend: 'nft delete table bridge fw',
    probe: 'a tcp b:80',
    result: 'dropped',
    at: 'this host',
    why: /chain f of table bridge fw/,
  },
  {
    what: 'a rule inside of the destination drops it',
    ...of(inputDrop(inB, 80)),
    probe: 'host tcp b:80',
    result: 'dropped',
    at: 'pod b',
    why: /chain f of table inet fw .*tcp dport 80 drop/,
  },
  {
    what: 'a rule drops the answer',
    fault: firewall('forward', 'ip saddr 203.0.113.1 drop'),
    mend: 'nft delete table inet fw',
    probe: OUT,
    result: 'dropped',
    at: 'this host',
    why: /dropped: the answer by chain f of table inet fw/,
  },
  {
    what: 'the destination has no way back',
    ...of(blackhole(inB, '10.244.0.2')),
    probe: 'a tcp b:80',
    result: 'dropped',
    at: 'pod b',
    why: /the answer was lost: a route of type blackhole for 10\.244\.0\.2/,
  },
  {
    what: 'forwarding is off',
    ...of(forwardingOff('nslab0')),
    probe: OUT,
    result: 'dropped',
    at: 'this host',
    why: /forwarding is off for what comes in by nslab0/,
  },
  {
    what: 'a blackhole route of this host',
    ...of(blackhole(here, '203.0.113.1/32')),
    probe: OUT,
    result: 'dropped',
    at: 'this host',
    why: /a route of type blackhole for 203\.0\.113\.1/,
  },
  {
    what: 'no route in the pod',
    ...of(noDefaultRoute(inA, '10.244.0.1')),
    probe: OUT,
    result: 'dropped',
    at: 'pod a',
    why: /^no route to 203\.0\.113\.1$/,
  },
  {
    what: 'a blackhole route in the pod',
    ...of(blackhole(inA, '203.0.113.0/24')),
    probe: OUT,
    result: 'dropped',
    at: 'pod a',
    why: /a route of type blackhole for 203\.0\.113\.1/,
  },
  {
    what: 'the reverse path filter',
    fault: `ip -n blue addr add 192.0.2.1/32 dev eth0; ip -n blue route replace default via 10.9.0.1 src 192.0.2.1
      echo 1 >/proc/sys/net/ipv4/conf/to-blue/rp_filter`,
    mend: `ip -n blue route replace default via 10.9.0.1; ip -n blue addr del 192.0.2.1/32 dev eth0
      echo 0 >/proc/sys/net/ipv4/conf/to-blue/rp_filter`,
    probe: 'blue tcp b:80',
    result: 'dropped',
    at: 'this host',
    why: /the reverse path filter of to-blue: what is sent to 192\.0\.2\.1 would leave by another interface/,
  },
  {
    what: 'nobody has the address',
    fault: 'nsenter -t $outside -n ip addr del 203.0.113.9/32 dev lo; ip neigh flush dev uplink',
    mend: 'nsenter -t $outside -n ip addr add 203.0.113.9/32 dev lo; ip neigh flush dev uplink',
    probe: 'a tcp 203.0.113.9:80',
    result: 'dropped',
    at: 'this host',
    why: /nobody answers ARP for 203\.0\.113\.9 on uplink/,
  },
];
