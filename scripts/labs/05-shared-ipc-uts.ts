import { setHostname } from '../../src/lab/actions/set-hostname.ts';
import { equal, has } from '../../src/lab/check.ts';
import { notes, queues } from '../../src/lab/evidence/ipc.ts';
import { hostNames, inodes } from '../../src/lab/evidence/namespaces.ts';
import type { Lab, Variant } from '../../src/lab/lab.ts';
import type { LabSession } from '../../src/lab/lab-session.ts';

const NOTE = '/dev/shm/note';
const SLEEP = ['sleep', '1000'];

export default {
  name: 'shared-ipc-uts',
  title: 'What else a pod shares: messages, memory, a name',
  goal: 'System V queues, POSIX shared memory and the host name belong to the pod, not to a single container.',
  drawing: `
    ┌──────────────── web ────────────────┐
    │  writer ──► queue ──► reader        │   ipc namespace
    │  writer ──► /dev/shm ──► reader     │   one tmpfs, kept by the holder
    │  hostname ─────────────► both       │   uts namespace
    └─────────────────────────────────────┘
  `,
  needs: ['ipcmk', 'ipcs'],
  steps: [
    {
      id: 'queue',
      goal: 'One of two workloads creates a message queue.',
      predictions: [
        {
          id: 'queue-on-host',
          question: 'The reader sees the queue. Does this machine see it, too?',
          choices: ['yes', 'no'],
          answer: (_, { queues }) =>
            Number(queues?.find((row) => row.process === 'host')?.queues) > 0 ? 'yes' : 'no',
        },
      ],
      async action(session) {
        await start(session);
        await session.exec('web/writer', ['ipcmk', '-Q']);
      },
      evidence: {
        shared: inodes(['host', 'web/writer', 'web/reader'], ['ipc', 'uts', 'net', 'pid']),
        queues: queues(['host', 'web/writer', 'web/reader']),
      },
      checks: [
        {
          id: 'one-ipc',
          says: 'writer and reader are in one ipc namespace',
          fault: equal('shared', 'ipc', 'web/writer', 'web/reader'),
          control: readerAlone('ipc'),
        },
        {
          id: 'queue-seen',
          says: 'the reader sees the queue of the writer',
          fault: has(
            'queues',
            { process: 'web/reader' },
            ({ queues }) => queues === 1,
            'the reader sees no queue: it is in another ipc namespace, or the queue was removed',
          ),
          control: {
            id: 'queue-removed',
            what: 'the message queue was removed',
            breaks: (session) => [`nsenter --target ${session.pid('web')} --ipc ipcrm --all=msg`],
            cures: (session) => [`nsenter --target ${session.pid('web')} --ipc ipcmk -Q`],
          },
        },
      ],
    },
    {
      id: 'memory',
      goal: 'The writer writes a note to POSIX shared memory.',
      async action(session) {
        await session.exec('web/writer', ['sh', '-c', `echo hello > ${NOTE}`]);
      },
      evidence: { notes: notes(['host', 'web/writer', 'web/reader'], NOTE) },
      checks: [
        {
          id: 'note-read',
          says: 'the reader finds the note in its /dev/shm: both have the same tmpfs mounted there',
          fault: has(
            'notes',
            { process: 'web/reader' },
            ({ says }) => says === 'hello',
            'the reader finds no note in its /dev/shm',
          ),
          control: {
            id: 'note-removed',
            what: 'the note was removed from the shared memory',
            breaks: (session) => [`nsenter --target ${session.pid('web/reader')} --mount rm ${NOTE}`],
            cures: (session) => [
              `nsenter --target ${session.pid('web/writer')} --mount sh -c 'echo hello > ${NOTE}'`,
            ],
          },
        },
        {
          id: 'not-on-host',
          says: 'this machine has no such note',
          fault: has(
            'notes',
            { process: 'host' },
            ({ says }) => says === null,
            'the note is in the shared memory of this machine: the pod has none of its own',
          ),
          control: {
            id: 'note-on-host',
            what: 'a note of that name was written to the shared memory of this machine',
            breaks: () => [`sh -c 'set -C; echo hello > ${NOTE}'`],
            cures: () => [`rm ${NOTE}`],
          },
        },
      ],
    },
    {
      id: 'name',
      goal: 'The host name of the pod is changed.',
      predictions: [
        {
          id: 'name-seen',
          question: 'Does a workload that runs already see the new name?',
          choices: ['yes', 'no'],
          answer: (_, { names }) =>
            names?.find((row) => row.process === 'web/reader')?.name === 'renamed' ? 'yes' : 'no',
        },
      ],
      action: (session) => setHostname(session, 'web', 'renamed'),
      evidence: { names: hostNames(['host', 'web', 'web/writer', 'web/reader']) },
      checks: [
        {
          id: 'name-seen',
          says: 'every process of the pod sees the new name at once',
          fault: has(
            'names',
            { process: 'web/reader' },
            ({ name }) => name === 'renamed',
            'the reader sees another name: it is in another uts namespace, or the name was changed again',
          ),
          control: {
            id: 'renamed-again',
            what: 'the host name of the pod was changed again',
            breaks: (session) => [`nsenter --target ${session.pid('web')} --uts hostname other`],
            cures: (session) => [`nsenter --target ${session.pid('web')} --uts hostname renamed`],
          },
        },
      ],
    },
  ],
} satisfies Lab;

async function start(session: LabSession): Promise<void> {
  await session.pod('web', { network: 'none' });
  await session.run('web', 'writer', SLEEP);
  await session.run('web', 'reader', SLEEP);
}

/** As with Docker, where `--network=container:` shares the network and nothing else. */
function readerAlone(kind: 'ipc' | 'uts'): Variant {
  return {
    id: `reader-without-${kind}`,
    what: `the reader was started without joining the ${kind} namespace of the pod`,
    async instead(session) {
      await session.pod('web', { network: 'none' });
      await session.run('web', 'writer', SLEEP);
      await session.run('web', 'reader', SLEEP, { origins: { [kind]: 'new' } });
    },
  };
}
