import { kill } from '../../src/lab/actions/kill.ts';
import { differs, equal, has } from '../../src/lab/check.ts';
import { inodes } from '../../src/lab/evidence/namespaces.ts';
import { interfaces, listeners } from '../../src/lab/evidence/network-evidence.ts';
import { fetches, outcomes } from '../../src/lab/evidence/programs.ts';
import type { LabScript, VariantScript } from '../../src/lab/lab.ts';

const NGINX = ['nginx', '-g', 'daemon off;'];
const BUSYBOX = ['sh', '-c', 'while true; do echo hello; sleep 1; done'];

export default {
  name: 'shared-network',
  needs: ['nginx', 'busybox'],
  steps: [
    {
      id: 'holder',
      action: async (session) => void (await session.pod('web')),
      evidence: {
        shared: inodes(['host', 'web'], ['net', 'ipc', 'uts', 'pid', 'mnt']),
        interfaces: interfaces('web'),
      },
      checks: [
        {
          id: 'own-network',
          finds: differs('shared', 'net', 'host', 'web'),
          control: {
            id: 'holder-without-network',
            instead: async (session) =>
              void (await session.pod('web', { share: ['ipc', 'uts'], network: 'host' })),
          },
        },
        {
          id: 'has-address',
          finds: has('interfaces', { interface: 'eth0' }, ({ address }) => address !== null),
          control: {
            id: 'no-address',
            breaks: (session) => [session.inNetwork('web', 'ip address flush dev eth0')],
            cures: (session) => [
              session.inNetwork('web', `ip address add ${session.podOf('web').address}/16 dev eth0`),
            ],
          },
        },
      ],
    },
    {
      id: 'nginx',
      action: async (session) => {
        await session.run('web', 'nginx', NGINX);
        await session.until(listeners('web'), (rows) => rows.some(({ port }) => port === 80));
      },
      evidence: {
        shared: inodes(['host', 'web', 'web/nginx'], ['net', 'ipc', 'uts', 'pid', 'mnt']),
        listeners: listeners('web'),
      },
      checks: [
        {
          id: 'nginx-joined',
          finds: equal('shared', 'net', 'web', 'web/nginx'),
          control: withoutJoining('nginx', NGINX),
        },
      ],
    },
    {
      id: 'busybox',
      predictions: [
        {
          id: 'localhost',
          choices: ['yes', 'no'],
          answer: (_, { pages }) => (pages?.[0]?.answered ? 'yes' : 'no'),
        },
      ],
      action: (session) => session.run('web', 'busybox', BUSYBOX),
      evidence: {
        shared: inodes(['web', 'web/nginx', 'web/busybox'], ['net', 'ipc', 'uts', 'pid', 'mnt']),
        pages: fetches([['by localhost', 'web/busybox', () => 'http://localhost']]),
      },
      checks: [
        {
          id: 'busybox-joined',
          finds: equal('shared', 'net', 'web/nginx', 'web/busybox'),
          control: withoutJoining('busybox', BUSYBOX),
        },
        {
          id: 'localhost-answers',
          finds: has('pages', {}, ({ answered }) => answered === true),
          control: {
            id: 'lo-down',
            breaks: (session) => [session.inNetwork('web', 'ip link set dev lo down')],
            cures: (session) => [session.inNetwork('web', 'ip link set dev lo up')],
          },
        },
      ],
    },
    {
      id: 'second-bind',
      predictions: [
        {
          id: 'port',
          choices: ['yes', 'no'],
          answer: (_, { second }) => (String(second?.[0]?.says).includes('in use') ? 'no' : 'yes'),
        },
      ],
      action: async () => {},
      evidence: {
        second: outcomes([
          ['web/busybox', ['busybox', 'timeout', '1', 'busybox', 'httpd', '-f', '-p', '80']],
        ]),
      },
      checks: [
        {
          id: 'port-in-use',
          finds: has('second', {}, ({ says }) => String(says).includes('Address already in use')),
          control: {
            id: 'nginx-ended',
            instead: (session) => kill(session, 'web/nginx'),
          },
        },
      ],
    },
  ],
} satisfies LabScript;

/** The same workload without `--network=container:`. */
function withoutJoining(name: string, command: readonly string[]): VariantScript {
  return {
    id: `${name}-joined-nothing`,
    instead: (session) => session.run('web', name, command, { origins: { net: 'new' } }),
  };
}
