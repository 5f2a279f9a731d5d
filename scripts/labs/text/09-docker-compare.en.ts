import type { LabText } from '../../../src/lab/text/lab-text.ts';

export default {
  title: "Beside Docker: the article's three commands, and ours",
  goal: 'What Docker and nslab do in the same way for a pod, what differs, and why.',
  drawing: `
    docker run --name pause --ipc=shareable …          nslab: holder
    docker run --network=container:pause …  nginx      nslab: nginx
    docker run --network=container:pause …  busybox    nslab: busybox
         └─────────── the same facts from the same kernel ──────────┘
  `,
  steps: {
    docker: {
      goal: 'Docker makes the article’s pod with three commands.',
      why: '--network=container: and --ipc=container: name a namespace to join. There is no such form of --uts, so each container gets a uts namespace of its own, and a host name that is at best a copy.',
      predictions: {
        'docker-uts': {
          question:
            'nginx and busybox join the network namespace of pause. Do the three share one host name?',
        },
      },
      checks: {
        'docker-joined': {
          says: 'the three are in one network namespace',
          otherwise: 'their {kind} namespaces differ: {found}',
        },
        'docker-own-names': {
          says: 'each has its own UTS namespace: Docker cannot share it',
          otherwise: 'they share a {kind} namespace: {found}',
        },
      },
    },
    ours: {
      goal: 'nslab makes the same pod, without an engine.',
      why: 'The kernel’s interface is the same for all: unshare(2), setns(2) and a process that stays. nslab joins net, ipc and uts, as the container runtime interface of Kubernetes asks for a pod.',
      predictions: { 'our-uts': { question: 'Do the three share one host name in nslab’s pod?' } },
      checks: {
        'ours-joined': {
          says: 'the three are in one network namespace, as with Docker',
          otherwise: 'their {kind} namespaces differ: {found}',
        },
        'ours-one-name': {
          says: 'the three are in one UTS namespace, as in Kubernetes: they share one host name',
          otherwise: 'their {kind} namespaces differ: {found}',
        },
      },
    },
    facts: {
      goal: 'Every fact is read on both sides by the same code.',
      why: 'A container is nothing that the kernel knows: it is a process with certain namespaces, mounts, capabilities and limits, and all of that can be read in /proc. Where the two differ, somebody has decided so.',
      predictions: {
        'how-many': {
          question: 'In how many of about fifty facts do the two differ on purpose?',
          choices: {
            'in none': 'in none',
            'in some, but not in half': 'in some, but not in half',
            'in half or more': 'in half or more',
          },
        },
      },
      checks: {
        explained: {
          says: 'every difference has a known reason (nslab compare docker prints it)',
          otherwise: 'differences without a known reason: {list}',
          symptom: 'large answers of our pod come slower than those of Docker’s, in more packets',
        },
      },
    },
  },
  breaks: {
    'docker-without-network': { what: 'the containers were started without --network=container:' },
    'docker-uts-host': { what: "the containers were started with --uts=host and have this host's" },
    'ours-without-network': { what: 'busybox was started in a new network namespace' },
    'ours-own-name': { what: 'busybox was started in a new UTS namespace, as with Docker' },
    'another-mtu': {
      what: 'the MTU of eth0 is smaller in our pod than in Docker’s',
      hint: 'how large may a packet be? Compare `ip link show eth0` on both sides',
    },
  },
} satisfies LabText as LabText;
