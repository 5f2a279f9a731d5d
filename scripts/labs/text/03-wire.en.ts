import type { LabText } from '../../../src/lab/text/lab-text.ts';

export default {
  title: 'A wire into an empty network',
  goal: 'What a new network namespace lacks, and what it needs to send a packet: a link, an address, the state up, a route.',
  drawing: `
    this host                             web
      cable     a.b.c.1/30 ───────────── eth0  a.b.c.2/30
                          veth pair     lo
  `,
  steps: {
    empty: {
      goal: 'What does a new network namespace contain?',
      why: 'The kernel makes lo for each network namespace but leaves it to user space to set it up, and it copies neither routes nor rules. Without a link there is nobody to talk to.',
      checks: {
        'born-down': {
          says: 'its loopback interface is down at first',
          otherwise: 'the loopback interface of a new namespace is up',
        },
        'no-route': { says: 'it has no route', otherwise: 'it has {count} routes' },
      },
    },
    cable: {
      goal: 'A veth pair: one end on the host, the other is created inside as eth0. No address yet.',
      why: 'A veth pair is a cable with two plugs, and each plug can be in another namespace. A cable alone is layer 2: without an address there is no source for the request and no route to the host, so the kernel refuses to send (ENETUNREACH).',
      predictions: {
        'without-address': {
          question: 'The veth pair exists. Will an echo request to the host be answered?',
        },
      },
      checks: {
        'eth0-there': {
          says: 'eth0 exists: what enters one end of the pair leaves at the other',
          otherwise: 'there is no eth0 in the pod',
        },
      },
    },
    addresses: {
      goal: 'Both ends get an address of one subnet, and are set up.',
      why: 'With an address and its prefix the kernel adds the route to the subnet by itself; ARP then finds the neighbour on the cable. Everything beyond the subnet needs a default route, which names the host as the next hop.',
      predictions: { 'with-address': { question: 'Will an echo request be answered now?' } },
      checks: {
        answered: {
          says: 'the host answers',
          otherwise: 'no answer from the host: are both ends up, with addresses of one subnet?',
          symptom: 'the pod pings the host at the other end of the cable, and no answer comes',
        },
        'connected-route': {
          says: 'the kernel has added a route with the address: its subnet is on eth0',
          otherwise: 'there is no route to a /30 on eth0: has the address the wrong prefix length?',
          symptom: 'the routing table of the pod has no line for the subnet of the cable',
        },
        'own-address': {
          says: 'its own address is reached through lo',
          otherwise: 'its own address does not answer: such packets go through lo',
          symptom: 'the pod pings its own address, and no answer comes',
        },
        'default-route': {
          says: 'all other packets go to the host',
          otherwise: 'there is no default route',
          symptom: 'from the pod, every address beyond the cable is unreachable',
        },
      },
    },
  },
  breaks: {
    'not-fresh': { what: 'lo was set up before the namespace was read' },
    'wired-already': { what: 'the pod was created with a network' },
    'cable-pulled': { what: 'the veth pair was not created' },
    'host-end-down': {
      what: 'the host end of the veth pair is down',
      hint: 'a cable has two ends: compare `ip -brief link` inside with that of the host. What does NO-CARRIER mean?',
    },
    'wrong-prefix': {
      what: 'the address in the pod has a wrong prefix length',
      hint: 'compare both ends of the cable with `ip -brief address`: which number behind the slash is not the same?',
    },
    'lo-down': {
      what: 'the loopback interface of the pod is down',
      hint: 'which interface does `ip route get` name for an address of the pod itself? In which state is it?',
    },
    'no-default-route': {
      what: 'the default route of the pod is missing',
      hint: 'ask the kernel: `ip route get 192.0.2.1` inside. By which line of `ip route` would it go?',
    },
  },
} satisfies LabText as LabText;
