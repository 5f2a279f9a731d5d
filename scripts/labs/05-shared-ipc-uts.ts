import { setHostname } from '../../src/lab/actions/set-hostname.ts';
import { equal, has } from '../../src/lab/check.ts';
import { notes, queues } from '../../src/lab/evidence/ipc.ts';
import { hostNames, inodes } from '../../src/lab/evidence/namespaces.ts';
import type { LabScript, VariantScript } from '../../src/lab/lab.ts';
import type { LabSession } from '../../src/lab/lab-session.ts';

const NOTE = '/dev/shm/note';
const SLEEP = ['sleep', '1000'];

export default {
  name: 'shared-ipc-uts',
  needs: ['ipcmk', 'ipcs'],
  steps: [
    {
      id: 'queue',
      predictions: [
        {
          id: 'queue-on-host',
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
          finds: equal('shared', 'ipc', 'web/writer', 'web/reader'),
          control: readerAlone('ipc'),
        },
        {
          id: 'queue-seen',
          finds: has('queues', { process: 'web/reader' }, ({ queues }) => queues === 1),
          control: {
            id: 'queue-removed',
            breaks: (session) => [`nsenter --target ${session.pid('web')} --ipc ipcrm --all=msg`],
            cures: (session) => [`nsenter --target ${session.pid('web')} --ipc ipcmk -Q`],
          },
        },
      ],
    },
    {
      id: 'memory',
      async action(session) {
        await session.exec('web/writer', ['sh', '-c', `echo hello > ${NOTE}`]);
      },
      evidence: { notes: notes(['host', 'web/writer', 'web/reader'], NOTE) },
      checks: [
        {
          id: 'note-read',
          finds: has('notes', { process: 'web/reader' }, ({ says }) => says === 'hello'),
          control: {
            id: 'note-removed',
            breaks: (session) => [`nsenter --target ${session.pid('web/reader')} --mount rm ${NOTE}`],
            cures: (session) => [
              `nsenter --target ${session.pid('web/writer')} --mount sh -c 'echo hello > ${NOTE}'`,
            ],
          },
        },
        {
          id: 'not-on-host',
          finds: has('notes', { process: 'host' }, ({ says }) => says === null),
          control: {
            id: 'note-on-host',
            breaks: () => [`sh -c 'set -C; echo hello > ${NOTE}'`],
            cures: () => [`rm ${NOTE}`],
          },
        },
      ],
    },
    {
      id: 'name',
      predictions: [
        {
          id: 'name-seen',
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
          finds: has('names', { process: 'web/reader' }, ({ name }) => name === 'renamed'),
          control: {
            id: 'renamed',
            breaks: (session) => [`nsenter --target ${session.pid('web')} --uts hostname other`],
            cures: (session) => [`nsenter --target ${session.pid('web')} --uts hostname renamed`],
          },
        },
      ],
    },
  ],
} satisfies LabScript;

async function start(session: LabSession): Promise<void> {
  await session.pod('web', { network: 'none' });
  await session.run('web', 'writer', SLEEP);
  await session.run('web', 'reader', SLEEP);
}

/** As with Docker, where `--network=container:` shares the network and nothing else. */
function readerAlone(kind: 'ipc' | 'uts'): VariantScript {
  return {
    id: `reader-without-${kind}`,
    async instead(session) {
      await session.pod('web', { network: 'none' });
      await session.run('web', 'writer', SLEEP);
      await session.run('web', 'reader', SLEEP, { origins: { [kind]: 'new' } });
    },
  };
}
