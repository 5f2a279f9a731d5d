import { setTimeout as sleep } from 'node:timers/promises';
import { kill } from '../../src/lab/actions/kill.ts';
import { runAlone } from '../../src/lab/actions/run-alone.ts';
import { has } from '../../src/lab/check.ts';
import { members, remember, zombies } from '../../src/lab/evidence/namespaces.ts';
import type { Lab } from '../../src/lab/lab.ts';

/** Leaves an orphan, which ends a moment later. */
const ORPHAN = ['sh', '-c', '(sleep 0.1 &) ; exit 0'];

export default {
  name: 'pause',
  title: 'Why a pod has a holder',
  goal: 'A namespace ends with its last process; a holder keeps it alive and, as process 1, reaps orphans.',
  drawing: `
    app                   the namespace ends with the app
    pause ── app          app may end and restart: the namespace stays
       └──── orphans      process 1 must wait(2) for them, or they stay as zombies
  `,
  needs: ['busybox'],
  steps: [
    {
      id: 'alone',
      goal: 'A program in a new network namespace ends.',
      predictions: [
        {
          id: 'survives',
          question: 'The program has ended. Is any process left in its network namespace?',
          choices: ['yes', 'no'],
          answer: (_, { members }) => (Number(members?.[0]?.processes) > 0 ? 'yes' : 'no'),
        },
      ],
      async action(session) {
        await runAlone(session, 'app', ['sleep', '1000']);
        remember(session, 'app');
        await kill(session, 'app');
      },
      evidence: { members: members(['app']) },
      checks: [
        {
          id: 'ended-with-it',
          says: 'no process is in that namespace: it ended with its last process',
          fault: has(
            'members',
            { of: 'app' },
            ({ processes }) => processes === 0,
            'a process is still in that namespace and keeps it alive',
          ),
          control: {
            id: 'app-lives',
            what: 'the program has not ended',
            async instead(session) {
              await runAlone(session, 'app', ['sleep', '1000']);
              remember(session, 'app');
            },
          },
        },
      ],
    },
    {
      id: 'held',
      goal: 'The same program joins the namespace of a holder, and ends.',
      predictions: [
        {
          id: 'survives-held',
          question: 'The program has ended again. Is any process left in its network namespace?',
          choices: ['yes', 'no'],
          answer: (_, { members }) => (Number(members?.[0]?.processes) > 0 ? 'yes' : 'no'),
        },
      ],
      async action(session) {
        await session.pod('web', { share: ['net', 'ipc', 'uts', 'pid'], network: 'none' });
        await session.run('web', 'app', ['sleep', '1000'], {
          origins: { pid: { of: session.nameOf('web') } },
        });
        remember(session, 'web/app');
        await kill(session, 'web/app');
      },
      evidence: { members: members(['web/app']) },
      checks: [
        {
          id: 'kept',
          says: 'the holder is still in it and keeps it alive',
          fault: has(
            'members',
            {},
            ({ processes }) => Number(processes) > 0,
            'the namespace ended with the program: no holder kept it alive',
          ),
          control: {
            id: 'nobody-held-it',
            what: 'the program was started in a new namespace instead of the holder’s',
            async instead(session) {
              await session.pod('web', { share: ['net', 'ipc', 'uts', 'pid'], network: 'none' });
              await session.run('web', 'app', ['sleep', '1000'], { origins: { net: 'new' } });
              remember(session, 'web/app');
              await kill(session, 'web/app');
            },
          },
        },
      ],
    },
    {
      id: 'orphans',
      goal: 'A program leaves an orphan in the pid namespace of the pod, where process 1 is the holder.',
      predictions: [
        {
          id: 'buried',
          question: 'The orphan has ended, and its parent is gone. Does it stay as a zombie?',
          choices: ['yes', 'no'],
          answer: (_, { zombies }) => (Number(zombies?.[0]?.zombies) > 0 ? 'yes' : 'no'),
        },
      ],
      async action(session) {
        await session.run('web', 'beside', ['sleep', '1000'], {
          origins: { pid: { of: session.nameOf('web') } },
        });
        await session.exec('web/beside', ORPHAN);
        await sleep(300);
      },
      evidence: { zombies: zombies('web/beside') },
      checks: [
        {
          id: 'no-zombies',
          says: 'no zombie is left: the holder reaps every process that ends',
          fault: has(
            'zombies',
            {},
            ({ zombies }) => zombies === 0,
            'a zombie is left: process 1 of that pid namespace does not wait for its children',
          ),
          control: {
            id: 'sleep-as-process-1',
            what: 'process 1 of the pid namespace is a program that never calls wait(2)',
            async instead(session) {
              await session.run('web', 'beside', ['sleep', '1000']);
              await session.exec('web/beside', ORPHAN);
              await session.until(zombies('web/beside'), (rows) => Number(rows[0]?.zombies) > 0);
            },
          },
        },
      ],
    },
  ],
} satisfies Lab;
