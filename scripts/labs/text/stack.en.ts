import type { LabText } from '../../../src/lab/text/lab-text.ts';

const noAnswer = 'no answer comes';

export default {
  title: 'The whole stack',
  goal: 'Everything at once: two bridges, a routed network, a network outside, a Service, names, a published port, a policy. One thing of it is broken.',
  drawing: `
    client ─┬─ inner (bridge) ─┬─ web :80  ◄── Service web, port P of this host
     eth0   │                  ├─ echo :9000/udp  ◄── Service echo
     eth1   ├─ side (bridge)   └─ dns ──► kube-dns
            │
        this host ──┬─ routed ── db :80     isolated: a policy allows "client"
       masquerade   └─ outer ─── server :80   outside, without a route to pods
  `,
  steps: {
    stack: {
      goal: 'A client reaches its neighbours, a server outside, a Service, and a pod that a policy isolates.',
      why: 'Each way crosses other parts of the stack. What still works says as much as what does not: it is not the part that both ways have in common.',
      checks: {
        neighbour: {
          says: 'the client reaches web, its neighbour on the bridge',
          otherwise: noAnswer,
          symptom: 'the client requests a page of "web" by its address, and no answer comes',
        },
        outside: {
          says: 'the client reaches the server outside',
          otherwise: noAnswer,
          symptom: 'the client requests a page of "server", outside, and no answer comes',
        },
        service: {
          says: 'the client reaches the Service by its ClusterIP',
          otherwise: noAnswer,
          symptom: 'the client requests the ClusterIP of the Service, and gets no page',
        },
        itself: {
          says: 'web reaches itself by the Service that it is behind',
          otherwise: noAnswer,
          symptom: '"web" requests the Service that it is behind, and no answer comes',
        },
        published: {
          says: 'a port of this host leads to web',
          otherwise: noAnswer,
          symptom: 'the client requests the published port of this host, and gets no page',
        },
        isolated: {
          says: 'the client reaches db, which a policy isolates and lets it in',
          otherwise: noAnswer,
          symptom: 'the client requests a page of "db", on the routed network, and no answer comes',
        },
        'whole-name': {
          says: 'the whole name of the Service leads to its ClusterIP',
          otherwise: 'the name is not found',
          symptom: 'the client looks up the whole name of the Service, and does not find it',
        },
        'short-name': {
          says: 'so does its short name',
          otherwise: 'the short name is not found, and the whole one is',
          symptom: 'the client does not find the Service by its short name; by its whole name it does',
        },
        large: {
          says: 'large packets pass as small ones do',
          otherwise: 'an echo request of 1400 bytes is not answered, and one of 56 is',
          symptom: 'small packets pass between the client and "web", and large ones do not',
        },
        udp: {
          says: 'a UDP client that goes on sending to a Service is answered',
          otherwise: noAnswer,
          symptom: 'the client’s program "talker" goes on sending to a Service by UDP, and hears nothing',
        },
      },
    },
  },
  breaks: {
    'host-end-down': {
      what: 'the host end of the veth pair of "web" is down',
      hint: 'a cable has two ends: compare `ip -brief link` inside with that of the host. What does NO-CARRIER mean?',
    },
    'no-address': {
      what: 'eth0 of "web" has no address',
      hint: 'who answers ARP for the address of "web"? `ip -brief address` inside of both pods',
    },
    'inner-firewall': {
      what: 'a firewall inside of "web" drops what comes in for its port 80',
      hint: 'a network namespace has rules of its own: does an echo request arrive where a page does not? `nft list ruleset` inside',
    },
    'process-stopped': {
      what: 'the server in "web" does not run on (SIGSTOP), and its socket listens',
      hint: 'the connection is made, and then nothing comes: who would have to answer? `ps -o pid,stat,args -C busybox`',
    },
    'isolated-ports': {
      what: 'the two pods’ ports of the bridge are isolated from each other',
      hint: 'both reach the bridge’s own address, and not each other: `bridge -details link`',
    },
    'no-default-route': {
      what: 'the default route of the client is missing',
      hint: 'ask the kernel: `ip route get 192.0.2.1` inside. By which line of `ip route` would it go?',
    },
    'forwarding-off': {
      what: 'forwarding is off on the bridge of the client',
      hint: 'a router decides per input interface: `sysctl -a --pattern "ipv4.conf.*.forwarding"`',
    },
    'forward-drop': {
      what: 'a firewall on this host drops forwarded packets',
      hint: 'a packet passes every chain at the hook forward: `nft list ruleset`. What is the policy of each?',
    },
    'no-masquerade': {
      what: 'the masquerade rule is missing',
      hint: 'with which source address does the packet leave? Look at the hook postrouting: `nft list ruleset`',
    },
    'wrong-route': {
      what: 'a more specific route of this host leads to another interface',
      hint: 'on this host, ask the kernel: `ip route get ADDRESS-OF-SERVER`. Is that the interface where it is?',
    },
    'no-way-back': {
      what: 'the server outside has no route to the source of the request',
      hint: 'a way has two directions: ask the kernel of "server" how it would answer. `nslab trace` says where the answer ends',
    },
    'wrong-neighbour': {
      what: 'the client has a permanent, wrong neighbour entry for its gateway',
      hint: 'to which address of the link do the frames go? `ip neigh` inside, and compare with the bridge’s',
    },
    blackhole: {
      what: 'a route of type blackhole in the client swallows the packets',
      hint: 'the packets never leave the pod: `ip route` inside has all types of routes',
    },
    'no-service-element': {
      what: 'the map service-ips has no element for the Service',
      hint: 'where do the rules look for address, protocol and port? `nft list ruleset`, chain services',
    },
    'wrong-endpoint-port': {
      what: 'a rule leads the Service to a port where nobody listens',
      hint: 'who refuses? Follow the chains of the Service to the end: `nft list ruleset`, and `ss -ltn` inside of the pod',
    },
    'no-hairpin': {
      what: 'the source of a packet from a pod to itself is not translated',
      hint: 'trace the way of such a packet in the chains: what makes the answer come back to this host? `nft list ruleset`',
    },
    'no-element': {
      what: 'the published port is missing from the map hostports',
      hint: 'where does nft look up a published port? `nft list ruleset` shows the map and its elements',
    },
    'not-a-peer': {
      what: 'the set of clients that the policy allows lacks an address',
      hint: 'ask `nslab trace` which rule drops the packet. In which set is its source looked for?',
    },
    'rp-filter': {
      what: 'the reverse path filter of the client drops the answers',
      hint: 'the client sends by eth0, and the answer comes in by eth1: who minds? `nstat -az TcpExtIPReversePathFilter` inside',
    },
    'blackhole-rule': {
      what: 'a routing rule in "db" drops its answers before any route is asked',
      hint: 'does the request arrive? A way has two directions: `nslab trace` from the client. Which tables are asked, and by which rules? `ip rule` inside of "db"',
    },
    'server-stopped': {
      what: 'the DNS server that the pod asks does not run on (SIGSTOP)',
      hint: 'whom does the pod ask (/etc/resolv.conf), and in which state is that process? `ps -o pid,stat,args -C dnsmasq`',
    },
    'wrong-server': {
      what: 'the resolver of the pod asks an address where no DNS server is',
      hint: 'read /etc/resolv.conf inside, and look for the server at that address',
    },
    'other-search-list': {
      what: 'the search list of the pod is that of another namespace',
      hint: 'which names does the short one become? Read /etc/resolv.conf inside, and compare with the namespace of the Service',
    },
    'small-mtu': {
      what: 'the MTU of a port of the bridge is smaller than that of the pods',
      hint: 'find the size that just passes: `busybox ping -s SIZE`. Then compare all MTUs on the way: `ip link`',
    },
    'stale-entry': {
      what: 'an entry of the connection tracking leads to a pod that is gone',
      hint: 'a new client is answered: what does the kernel remember of the old one? /proc/net/nf_conntrack, or `conntrack -L -p udp`',
    },
  },
} satisfies LabText as LabText;
