import type { LabText } from '../../../src/lab/text/lab-text.ts';

export default {
  title: "The article's pod: three processes, one network",
  goal: 'Why the containers of a pod have one address, one localhost and one set of ports.',
  drawing: `
    ┌──────────────── web ────────────────┐
    │  pause        nginx        busybox  │
    │  net: new     net: ═══ pause ═════  │
    │        lo            eth0           │
    └───────────────────────┬─────────────┘
                  veth pair │
                   bridge ──┴── this host
  `,
  steps: {
    holder: {
      goal: 'A holder is started: it sleeps and keeps new namespaces alive.',
      why: 'The network is made before any program of the pod runs, and with a process that cannot crash. So the address is that of the pod, and not of one of its containers.',
      checks: {
        'own-network': {
          says: "the holder has a network namespace that is not the host's",
          otherwise: 'they share a {kind} namespace: {found}',
        },
        'has-address': {
          says: 'eth0 has an address',
          otherwise: 'eth0 has no IPv4 address',
          symptom: 'nobody outside of the pod reaches it, and it reaches nobody',
        },
      },
    },
    nginx: {
      goal: "nginx joins the holder's network namespace and listens on port 80.",
      why: 'This is what --network=container:pause means: setns(2) with the descriptor of the holder’s network namespace, before the program starts. nginx itself notices nothing; its socket is in the stack that it was started in.',
      checks: {
        'nginx-joined': {
          says: 'nginx and the holder are in one network namespace',
          otherwise: 'their {kind} namespaces differ: {found}',
        },
      },
    },
    busybox: {
      goal: 'busybox joins it, too, and requests http://localhost.',
      why: '127.0.0.1 is the lo of the network namespace, not of a container. Both have the same mount namespaces as before, their own: the file systems are apart, and the network is one.',
      predictions: {
        localhost: { question: 'busybox itself has no server. Will http://localhost answer there?' },
      },
      checks: {
        'busybox-joined': {
          says: 'busybox and nginx are in one network namespace',
          otherwise: 'their {kind} namespaces differ: {found}',
        },
        'localhost-answers': {
          says: 'localhost is the whole pod: busybox reaches nginx there',
          otherwise:
            'no answer at http://localhost: is lo up, and does nginx listen in this network namespace?',
          symptom: 'busybox requests http://localhost, and no answer comes, though nginx runs',
        },
      },
    },
    'second-bind': {
      goal: 'A second server tries to listen on port 80 of the same pod.',
      why: 'The table of bound ports is part of the network namespace: whoever is in it shares it, with any root file system. So two containers of a pod must agree on their ports, as two programs of one machine must.',
      predictions: {
        port: { question: 'It is another program with another root file system. Will it get port 80?' },
      },
      checks: {
        'port-in-use': {
          says: 'bind(2) gives EADDRINUSE: ports belong to the network namespace, not to the container',
          otherwise: 'the second server was not refused: does nginx still listen?',
        },
      },
    },
  },
  breaks: {
    'holder-without-network': { what: 'the holder was started without a new network namespace' },
    'no-address': {
      what: 'the address of eth0 was removed',
      hint: 'what does `ip -brief address` show for eth0 inside, and what does `nslab inspect` say that it should be?',
    },
    'nginx-joined-nothing': { what: 'nginx was started in a new network namespace' },
    'busybox-joined-nothing': { what: 'busybox was started in a new network namespace' },
    'lo-down': {
      what: 'the loopback interface of the pod is down',
      hint: 'through which interface does a request to 127.0.0.1 go? In which state is it?',
    },
    'nginx-ended': { what: 'nginx was killed' },
  },
} satisfies LabText as LabText;
