/** What the words of a command's operand mean, where that is a language: a section of its help and of its man page. */
export interface Topic {
  readonly title: string;
  readonly terms: ReadonlyArray<readonly [term: string, meaning: string]>;
}

export const TOPICS: Readonly<Record<string, Topic>> = {
  capture: {
    title: 'Filter, as in pcap-filter(7)',
    terms: [
      ['host A, src host A, dst host A', 'an address, or a pod by its name'],
      ['net CIDR, src net CIDR, dst net CIDR', 'IPv4 or IPv6'],
      ['port N, src port N, dst port N', 'of TCP, UDP and SCTP'],
      ['tcp, udp, icmp, icmp6, arp, ip, ip6', 'a protocol; also before the others: tcp port N'],
      ['and, or, not, ( )', '`and` and `or` bind equally, from left to right; `not` binds tighter'],
      ['anything else', "is left to tcpdump's compiler, where tcpdump is installed"],
    ],
  },
  events: {
    title: 'Types; default: all',
    terms: [
      ['link, address, route, neighbour', 'of this host, and of each network namespace that is wired to it'],
      ['namespace', 'a network namespace is wired to this host, or is gone'],
      ['pod, workload', 'their states, as `nslab ps` has them'],
      ['service, endpoints', 'Services, and which pods behind them are ready'],
      ['conntrack', 'connections that this host begins and ends to track, and what NAT makes of them'],
      ['nft', 'transactions of nftables: what changed in which table, and by whom'],
    ],
  },
};

/** The section of a command's help. */
export function topicText(path: string): string {
  const topic = TOPICS[path];
  if (!topic) return '';
  const width = Math.max(...topic.terms.map(([term]) => term.length));
  return [
    `\n${topic.title}:`,
    ...topic.terms.map(([term, meaning]) => `  ${term.padEnd(width)}  ${meaning}`),
  ].join('\n');
}
