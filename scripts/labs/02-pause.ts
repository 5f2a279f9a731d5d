import { setTimeout as sleep } from 'node:timers/promises';
import { kill } from '../../src/lab/actions/kill.ts';
import { runAlone } from '../../src/lab/actions/run-alone.ts';
import { has } from '../../src/lab/check.ts';
import { members, remember, zombies } from '../../src/lab/evidence/namespaces.ts';
import type { LabScript } from '../../src/lab/lab.ts';

/** Leaves an orphan, which ends a moment later. */
const ORPHAN = ['sh', '-c', '(sleep 0.1 &) ; exit 0'];

export default {
  name: 'pause',
  needs: ['busybox'],
  steps: [
    {
      id: 'alone',
      predictions: [
        {
          id: 'survives',
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
          finds: has('members', { of: 'app' }, ({ processes }) => processes === 0),
          control: {
            id: 'app-lives',
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
      predictions: [
        {
          id: 'survives-held',
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
          finds: has('members', {}, ({ processes }) => Number(processes) > 0),
          control: {
            id: 'nobody-held-it',
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
      predictions: [
        {
          id: 'buried',
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
          finds: has('zombies', {}, ({ zombies }) => zombies === 0),
          control: {
            id: 'sleep-as-process-1',
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
} satisfies LabScript;
