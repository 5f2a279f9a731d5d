import { startPlainProcess } from '../../src/lab/actions/plain-process.ts';
import { differs, equal, has } from '../../src/lab/check.ts';
import { hostNames, inodes, numbers } from '../../src/lab/evidence/namespaces.ts';
import { interfaces } from '../../src/lab/evidence/network-evidence.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { ALL_KINDS } from '../../src/ns/kinds.ts';

export default {
  name: 'namespaces',
  title: 'What a namespace is',
  goal: 'Each process is in one namespace of each kind, identified by an inode; unshare(2) puts it into a new one.',
  drawing: `
    process  ──┬─ net ── ipc ── uts ── pid ── mnt ── user ── cgroup ── time     one inode each
               │
    unshare(CLONE_NEWUTS): the same seven inodes, and a new one for uts
  `,
  steps: [
    {
      id: 'one-host',
      goal: 'Two processes of this machine: nslab, and one that was started without new namespaces.',
      action: (session) => startPlainProcess(session, 'other'),
      evidence: { shared: inodes(['host', 'other']) },
      checks: [
        {
          id: 'all-the-same',
          says: 'all eight inodes are equal: both see the same network, host name and processes',
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
      goal: 'A process starts in a new uts namespace, where another host name is set.',
      predictions: [
        {
          id: 'how-many',
          question: 'One kind is unshared. How many of its eight inodes will differ from those of the host?',
          choices: ['0', '1', '8'],
          answer: (_, { shared }) =>
            String(ALL_KINDS.filter((kind) => shared?.[0]?.[kind] !== shared?.[1]?.[kind]).length),
        },
        {
          id: 'whose-name',
          question: 'Its host name is set to "elsewhere". Does the host name of this machine change, too?',
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
          says: 'its uts namespace is not that of the host',
          fault: differs('shared', 'uts', 'host', 'named'),
          control: {
            id: 'uts-not-unshared',
            what: 'net was unshared instead of uts',
            instead: async (session) =>
              void (await session.pod('named', { share: ['net'], network: 'none' })),
          },
        },
        {
          id: 'net-same',
          says: "its network namespace is still the host's: only the named kinds are unshared",
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
          says: 'its host name is "elsewhere", and that of this machine is unchanged',
          fault: (evidence) =>
            has(
              'names',
              { process: 'named', name: 'elsewhere' },
              () => true,
              'its host name is not the one that was set',
            )(evidence) ??
            has(
              'names',
              { process: 'host' },
              ({ name }) => name !== 'elsewhere',
              'the host name of this machine was changed',
            )(evidence),
          control: {
            id: 'renamed',
            what: 'its host name was changed',
            breaks: (session) => [`nsenter --target ${session.pid('named')} --uts hostname somewhere`],
            cures: (session) => [`nsenter --target ${session.pid('named')} --uts hostname elsewhere`],
          },
        },
      ],
    },
    {
      id: 'net',
      goal: 'Another process starts in a new network namespace.',
      action: async (session) => void (await session.pod('wired', { share: ['net'], network: 'none' })),
      evidence: { shared: inodes(['host', 'wired']), interfaces: interfaces('wired') },
      checks: [
        {
          id: 'net-differs',
          says: 'its network namespace is not that of the host',
          fault: differs('shared', 'net', 'host', 'wired'),
          control: {
            id: 'net-not-unshared',
            what: 'uts was unshared instead of net',
            instead: async (session) =>
              void (await session.pod('wired', { share: ['uts'], network: 'host' })),
          },
        },
        {
          id: 'lo-alone',
          says: 'it has a loopback interface and nothing else: no link leads in',
          fault: ({ interfaces = [] }) =>
            interfaces.length === 1
              ? undefined
              : `it has ${interfaces.length} interfaces: ${interfaces.map((row) => row.interface).join(', ')}`,
          control: {
            id: 'cable',
            what: 'a veth pair was added to it',
            breaks: (session) => [session.inNetwork('wired', 'ip link add name a type veth peer name b')],
            cures: (session) => [session.inNetwork('wired', 'ip link delete dev a')],
          },
        },
      ],
    },
    {
      id: 'pid',
      goal: 'A workload starts in a new pid namespace.',
      predictions: [
        {
          id: 'own-number',
          question:
            'Its pid on this machine is a large number. Which pid does it have in its own pid namespace?',
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
          says: 'in its pid namespace it is process 1, and the only one',
          fault: has(
            'numbers',
            {},
            ({ inside }) => inside === 1,
            'its pid is the same inside and outside: it is in the pid namespace of the host',
          ),
          control: {
            id: 'pid-not-unshared',
            what: 'it was started without a new pid namespace',
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
