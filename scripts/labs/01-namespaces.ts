import {
  joinEachKind,
  killJoiners,
  killMakers,
  makeEachKind,
  renewEnded,
} from '../../src/lab/actions/each-kind.ts';
import { startPlainProcess } from '../../src/lab/actions/plain-process.ts';
import { differs, equal, has } from '../../src/lab/check.ts';
import { kindsKept, kindsMade, rememberKinds } from '../../src/lab/evidence/each-kind.ts';
import { hostNames, inodes, numbers } from '../../src/lab/evidence/namespaces.ts';
import { interfaces } from '../../src/lab/evidence/network-evidence.ts';
import type { Finding, LabScript, Row } from '../../src/lab/lab.ts';
import { ALL_KINDS } from '../../src/ns/kinds.ts';

export default {
  name: 'namespaces',
  steps: [
    {
      id: 'one-host',
      action: (session) => startPlainProcess(session, 'other'),
      evidence: { shared: inodes(['host', 'other']) },
      checks: [
        {
          id: 'all-the-same',
          finds: (evidence) =>
            ALL_KINDS.map((kind) => equal('shared', kind, 'host', 'other')(evidence)).find(
              (fault) => fault !== undefined,
            ),
          control: {
            id: 'other-elsewhere',
            instead: async (session) =>
              void (await session.pod('other', { share: ['uts'], network: 'host' })),
          },
        },
      ],
    },
    {
      id: 'uts',
      predictions: [
        {
          id: 'how-many',
          choices: ['0', '1', '8'],
          answer: (_, { shared }) =>
            String(ALL_KINDS.filter((kind) => shared?.[0]?.[kind] !== shared?.[1]?.[kind]).length),
        },
        {
          id: 'whose-name',
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
          finds: differs('shared', 'uts', 'host', 'named'),
          control: {
            id: 'uts-not-unshared',
            instead: async (session) =>
              void (await session.pod('named', { share: ['net'], network: 'none' })),
          },
        },
        {
          id: 'net-same',
          finds: equal('shared', 'net', 'host', 'named'),
          control: {
            id: 'net-unshared-too',
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
          finds: (evidence) =>
            has('names', { process: 'named', name: 'elsewhere' }, () => true, 'not-set')(evidence) ??
            has('names', { process: 'host' }, ({ name }) => name !== 'elsewhere', 'host-changed')(evidence),
          control: {
            id: 'renamed',
            breaks: (session) => [`nsenter --target ${session.pid('named')} --uts hostname somewhere`],
            cures: (session) => [`nsenter --target ${session.pid('named')} --uts hostname elsewhere`],
          },
        },
      ],
    },
    {
      id: 'net',
      action: async (session) => void (await session.pod('wired', { share: ['net'], network: 'none' })),
      evidence: { shared: inodes(['host', 'wired']), interfaces: interfaces('wired') },
      checks: [
        {
          id: 'net-differs',
          finds: differs('shared', 'net', 'host', 'wired'),
          control: {
            id: 'net-not-unshared',
            instead: async (session) =>
              void (await session.pod('wired', { share: ['uts'], network: 'host' })),
          },
        },
        {
          id: 'lo-alone',
          finds: ({ interfaces = [] }) =>
            interfaces.length === 1
              ? undefined
              : { count: interfaces.length, names: interfaces.map((row) => row.interface).join(', ') },
          control: {
            id: 'cable',
            breaks: (session) => [session.inNetwork('wired', 'ip link add name a type veth peer name b')],
            cures: (session) => [session.inNetwork('wired', 'ip link delete dev a')],
          },
        },
      ],
    },
    {
      id: 'pid',
      predictions: [
        {
          id: 'own-number',
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
          finds: has('numbers', {}, ({ inside }) => inside === 1),
          control: {
            id: 'pid-not-unshared',
            instead: (session) =>
              session.run('wired', 'sleeper', ['sleep', '1000'], {
                origins: { ipc: 'host', uts: 'host', pid: 'host' },
              }),
          },
        },
      ],
    },
    {
      id: 'eight-made',
      predictions: [
        {
          id: 'who-forks',
          choices: ['none', 'mnt, user', 'pid, time', 'all'],
          answer: (_, { made = [] }) => {
            const stayed = made.filter((row) => row.caller === row.host).map(({ kind }) => kind);
            return stayed.length === 0 ? 'none' : stayed.length === made.length ? 'all' : stayed.join(', ');
          },
        },
      ],
      async action(session) {
        await makeEachKind(session);
        rememberKinds(session);
      },
      evidence: { made: kindsMade() },
      checks: [
        {
          id: 'each-new',
          finds: ({ made = [] }) => named(made.filter((row) => row.process === row.host)),
          control: { id: 'uts-not-made', instead: (session) => makeEachKind(session, ['uts']) },
        },
      ],
    },
    {
      id: 'eight-joined',
      predictions: [
        {
          id: 'how-many-new',
          choices: ['0', '8'],
          answer: (_, { made = [] }) => String(made.filter((row) => row.second !== row.process).length),
        },
      ],
      async action(session) {
        await joinEachKind(session);
        rememberKinds(session);
      },
      evidence: { made: kindsMade(true), kept: kindsKept },
      checks: [
        {
          id: 'each-joined',
          finds: ({ made = [] }) => named(made.filter((row) => row.second !== row.process)),
          control: { id: 'ipc-not-joined', instead: (session) => joinEachKind(session, ['ipc']) },
        },
      ],
    },
    {
      id: 'makers-end',
      predictions: [
        {
          id: 'how-many-left',
          choices: ['0', '7', '8'],
          answer: (_, { kept = [] }) => String(kept.filter(({ processes }) => Number(processes) > 0).length),
        },
      ],
      async action(session) {
        if (await renewEnded(session)) rememberKinds(session);
        await killMakers(session);
      },
      evidence: { kept: kindsKept },
      checks: [
        {
          id: 'second-keeps',
          finds: ({ kept = [] }) => named(kept.filter((row) => row.kind !== 'pid' && row.processes !== 1)),
          control: { id: 'makers-live', instead: async () => {} },
        },
        {
          id: 'pid-ended',
          finds: has('kept', { kind: 'pid' }, ({ processes }) => processes === 0),
          control: { id: 'makers-live', instead: async () => {} },
        },
      ],
    },
    {
      id: 'eight-ended',
      predictions: [
        {
          id: 'any-left',
          choices: ['0', '1', '8'],
          answer: (_, { kept = [] }) => String(kept.filter(({ alive }) => alive === true).length),
        },
      ],
      action: (session) => killJoiners(session),
      evidence: { kept: kindsKept },
      checks: [
        {
          id: 'all-gone',
          finds: ({ kept = [] }) => named(kept.filter(({ alive }) => alive === true)),
          control: { id: 'second-lives', instead: async () => {} },
        },
      ],
    },
  ],
} satisfies LabScript;

/** The kinds of these rows. */
function named(rows: readonly Row[]): Finding | undefined {
  return rows.length === 0 ? undefined : { kinds: rows.map(({ kind }) => kind).join(', ') };
}
