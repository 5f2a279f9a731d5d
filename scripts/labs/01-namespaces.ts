import { plain } from '../../src/lab/actions/plain.ts';
import { differs, equal, has } from '../../src/lab/check.ts';
import { hostNames, inodes, numbers } from '../../src/lab/evidence/namespaces.ts';
import { interfaces } from '../../src/lab/evidence/network-evidence.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { ALL_KINDS } from '../../src/ns/kinds.ts';

export default {
  name: 'namespaces',
  title: 'What a namespace is',
  goal: 'Each process is in one namespace of each kind; an inode says in which, and unshare(2) gives it another.',
  drawing: `
    process  ──┬─ net ── ipc ── uts ── pid ── mnt ── user ── cgroup ── time     one inode each
               │
    unshare(CLONE_NEWUTS): the same seven inodes, and another uts
  `,
  steps: [
    {
      id: 'one-host',
      goal: 'Two processes of this machine: nslab, and one that was started without any namespace of its own.',
      action: (session) => plain(session, 'other'),
      evidence: { shared: inodes(['host', 'other']) },
      checks: [
        {
          id: 'all-the-same',
          says: 'all eight inodes are equal: they see one network, one host name, one set of processes',
          fault: (evidence) =>
            ALL_KINDS.map((kind) => equal('shared', kind, 'host', 'other')(evidence)).find(
              (fault) => fault !== undefined,
            ),
          control: {
            id: 'other-elsewhere',
            what: 'the second process is in a uts namespace of its own',
            instead: async (session) =>
              void (await session.pod('other', { share: ['uts'], network: 'host' })),
          },
        },
      ],
    },
    {
      id: 'uts',
      goal: 'A process is born into a uts namespace of its own, and gets another host name there.',
      predictions: [
        {
          id: 'how-many',
          question: 'One kind is unshared. How many of its eight inodes will be others than the host has?',
          choices: ['0', '1', '8'],
          answer: (_, { shared }) =>
            String(ALL_KINDS.filter((kind) => shared?.[0]?.[kind] !== shared?.[1]?.[kind]).length),
        },
        {
          id: 'whose-name',
          question: 'Its host name is set to "elsewhere". Will this machine be called so, too?',
          choices: ['yes', 'no'],
          answer: (_, { names }) => (names?.[0]?.name === 'elsewhere' ? 'yes' : 'no'),
        },
      ],
      action: async (session) =>
        void (await session.pod('named', { share: ['uts'], network: 'host', hostname: 'elsewhere' })),
      evidence: { shared: inodes(['host', 'named']), names: hostNames(['host', 'named']) },
      checks: [
        {
          id: 'uts-differs',
          says: 'its uts namespace is another one',
          fault: differs('shared', 'uts', 'host', 'named'),
          control: {
            id: 'uts-not-unshared',
            what: 'another kind was unshared than uts',
            instead: async (session) =>
              void (await session.pod('named', { share: ['net'], network: 'none' })),
          },
        },
        {
          id: 'net-same',
          says: "its network is still the host's: a kind that is not named is shared",
          fault: equal('shared', 'net', 'host', 'named'),
          control: {
            id: 'net-unshared-too',
            what: 'the network was unshared as well',
            instead: async (session) =>
              void (await session.pod('named', {
                share: ['uts', 'net'],
                network: 'none',
                hostname: 'elsewhere',
              })),
          },
        },
        {
          id: 'own-name',
          says: 'it is called "elsewhere", and this machine is not',
          fault: (evidence) =>
            has(
              'names',
              { process: 'named', name: 'elsewhere' },
              () => true,
              'it has another host name than was set',
            )(evidence) ??
            has(
              'names',
              { process: 'host' },
              ({ name }) => name !== 'elsewhere',
              'the name of the whole machine was changed',
            )(evidence),
          control: {
            id: 'renamed',
            what: 'somebody has given it another host name',
            breaks: (session) => [`nsenter --target ${session.pid('named')} --uts hostname somewhere`],
            cures: (session) => [`nsenter --target ${session.pid('named')} --uts hostname elsewhere`],
          },
        },
      ],
    },
    {
      id: 'net',
      goal: 'Another is born into a network namespace of its own.',
      action: async (session) => void (await session.pod('wired', { share: ['net'], network: 'none' })),
      evidence: { shared: inodes(['host', 'wired']), interfaces: interfaces('wired') },
      checks: [
        {
          id: 'net-differs',
          says: 'its network namespace is another one',
          fault: differs('shared', 'net', 'host', 'wired'),
          control: {
            id: 'net-not-unshared',
            what: 'another kind was unshared than net',
            instead: async (session) =>
              void (await session.pod('wired', { share: ['uts'], network: 'host' })),
          },
        },
        {
          id: 'lo-alone',
          says: 'there is a loopback, and nothing else: no cable leads in',
          fault: ({ interfaces = [] }) =>
            interfaces.length === 1
              ? undefined
              : `it has ${interfaces.length} interfaces: ${interfaces.map((row) => row.interface).join(', ')}`,
          control: {
            id: 'cable',
            what: 'a cable leads into it',
            breaks: (session) => [session.inNetwork('wired', 'ip link add name a type veth peer name b')],
            cures: (session) => [session.inNetwork('wired', 'ip link delete dev a')],
          },
        },
      ],
    },
    {
      id: 'pid',
      goal: 'A workload is born into a pid namespace of its own.',
      predictions: [
        {
          id: 'own-number',
          question: 'This machine gives it a number of many digits. Which one has it for itself?',
          choices: ['1', 'the same'],
          answer: (_, { numbers }) => (numbers?.[0]?.inside === 1 ? '1' : 'the same'),
        },
      ],
      action: (session) =>
        session.run('wired', 'sleeper', ['sleep', '1000'], { origins: { ipc: 'host', uts: 'host' } }),
      evidence: { numbers: numbers(['wired/sleeper']), shared: inodes(['wired', 'wired/sleeper']) },
      checks: [
        {
          id: 'process-1',
          says: 'inside it is process 1, and sees nobody else',
          fault: has(
            'numbers',
            {},
            ({ inside }) => inside === 1,
            'inside it has the same number as outside: it is in the pid namespace of the host',
          ),
          control: {
            id: 'pid-not-unshared',
            what: 'it was started without a pid namespace of its own',
            instead: (session) =>
              session.run('wired', 'sleeper', ['sleep', '1000'], {
                origins: { ipc: 'host', uts: 'host', pid: 'host' },
              }),
          },
        },
      ],
    },
  ],
} satisfies Lab;
