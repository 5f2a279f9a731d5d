import type { LabText } from '../../../src/lab/text/lab-text.ts';

export default {
  title: 'To the outside: forwarding and masquerade',
  goal: 'A pod’s packet leaves with an address of the host, because machines outside have no route to the pod.',
  drawing: `
    web 10.x.0.2 ── bridge ── this host ── bridge ── 198.18.n.2 server     "the internet" of this lab
                       │         │            │
                   forwarding  masquerade   sees the host, not the pod
  `,
  steps: {
    outside: {
      goal: 'A pod on one network, and beyond the host a server on another: it answers with the source address that it sees.',
      why: 'A default route names a gateway that must be reachable on the link: for the pod that is the address of its bridge. From there on the host is a router, and its own routes decide.',
      checks: {
        'default-route': {
          says: 'the pod sends packets for other networks to its gateway, the bridge',
          otherwise: 'there is no default route in the pod',
          symptom: 'the pod reaches its neighbours on the bridge, and nothing else',
        },
      },
    },
    call: {
      goal: 'The pod sends a request to the server.',
      why: 'A machine outside has no route to 10.x, so it could not answer the pod. Masquerade writes the host’s address into the packet, and conntrack remembers the pair to undo it in the answer. Both need forwarding, which the kernel looks up at the interface where the packet came in.',
      predictions: {
        'whose-address': {
          question: 'The server answers with the source address. Will it be that of the pod?',
        },
        'without-masquerade': {
          question: 'The server has no route to the pod. Would an answer to the address of the pod arrive?',
        },
      },
      checks: {
        reached: {
          says: 'the request arrives and is answered',
          otherwise: 'no answer: does this host forward packets of the pod, or does a firewall drop them?',
          symptom: 'a request of the pod to the server outside gets no answer',
        },
        forwards: {
          says: 'the bridge forwards: the setting of the input interface counts',
          otherwise: 'this host does not forward packets that arrive on the bridge of the pod',
          symptom: 'packets of the pod end at this host, and the server does not see them arrive',
        },
        masqueraded: {
          says: 'the server sees an address of this host: the source address was translated',
          otherwise:
            'the source is not an address of this host: it is not translated, and no answer can arrive',
          symptom: 'the server does not log any request from this host',
        },
      },
    },
  },
  breaks: {
    'no-default-route': {
      what: 'the default route of the pod is missing',
      hint: 'ask the kernel: `ip route get 192.0.2.1` inside. By which line of `ip route` would it go?',
    },
    'forward-drop': {
      what: 'a firewall on this host drops forwarded packets',
      hint: 'a packet passes every chain at the hook forward: `nft list ruleset`. What is the policy of each?',
    },
    'forwarding-off': {
      what: 'forwarding is off on the bridge of the pod',
      hint: 'a router decides per input interface: `sysctl -a --pattern "ipv4.conf.*.forwarding"`',
    },
    'no-masquerade': {
      what: 'the masquerade rule is missing',
      hint: 'with which source address does the packet leave? Look at the hook postrouting: `nft list ruleset`',
    },
  },
} satisfies LabText as LabText;
