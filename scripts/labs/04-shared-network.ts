import { kill } from '../../src/lab/actions/kill.ts';
import { differs, equal, has } from '../../src/lab/check.ts';
import { inodes } from '../../src/lab/evidence/namespaces.ts';
import { interfaces, listeners } from '../../src/lab/evidence/network-evidence.ts';
import { fetches, outcomes } from '../../src/lab/evidence/programs.ts';
import type { Lab, Variant } from '../../src/lab/lab.ts';

const NGINX = ['nginx', '-g', 'daemon off;'];
const BUSYBOX = ['sh', '-c', 'while true; do echo hello; sleep 1; done'];

export default {
  name: 'shared-network',
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
  needs: ['nginx', 'busybox'],
  steps: [
    {
      id: 'holder',
      goal: 'A holder is started: it sleeps and keeps new namespaces alive.',
      action: async (session) => void (await session.pod('web')),
      evidence: {
        shared: inodes(['host', 'web'], ['net', 'ipc', 'uts', 'pid', 'mnt']),
        interfaces: interfaces('web'),
      },
      checks: [
        {
          id: 'own-network',
          says: "the holder has a network namespace that is not the host's",
          fault: differs('shared', 'net', 'host', 'web'),
          control: {
            id: 'holder-without-network',
            what: 'the holder was started without a new network namespace',
            instead: async (session) =>
              void (await session.pod('web', { share: ['ipc', 'uts'], network: 'host' })),
          },
        },
        {
          id: 'has-address',
          says: 'eth0 has an address',
          fault: has(
            'interfaces',
            { interface: 'eth0' },
            ({ address }) => address !== null,
            'eth0 has no IPv4 address',
          ),
          control: {
            id: 'no-address',
            what: 'the address of eth0 was removed',
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
      goal: "nginx joins the holder's network namespace and listens on port 80.",
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
          says: 'nginx and the holder are in one network namespace',
          fault: equal('shared', 'net', 'web', 'web/nginx'),
          control: withoutJoining('nginx', NGINX),
        },
      ],
    },
    {
      id: 'busybox',
      goal: 'busybox joins it, too, and requests http://localhost.',
      predictions: [
        {
          id: 'localhost',
          question: 'busybox itself has no server. Will http://localhost answer there?',
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
          says: 'busybox and nginx are in one network namespace',
          fault: equal('shared', 'net', 'web/nginx', 'web/busybox'),
          control: withoutJoining('busybox', BUSYBOX),
        },
        {
          id: 'localhost-answers',
          says: 'localhost is the whole pod: busybox reaches nginx there',
          fault: has(
            'pages',
            {},
            ({ answered }) => answered === true,
            'no answer at http://localhost: is lo up, and does nginx listen in this network namespace?',
          ),
          control: {
            id: 'lo-down',
            what: 'the loopback interface of the pod is down',
            breaks: (session) => [session.inNetwork('web', 'ip link set dev lo down')],
            cures: (session) => [session.inNetwork('web', 'ip link set dev lo up')],
          },
        },
      ],
    },
    {
      id: 'second-bind',
      goal: 'A second server tries to listen on port 80 of the same pod.',
      predictions: [
        {
          id: 'port',
          question: 'It is another program with another root file system. Will it get port 80?',
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
          says: 'bind(2) gives EADDRINUSE: ports belong to the network namespace, not to the container',
          fault: has(
            'second',
            {},
            ({ says }) => String(says).includes('Address already in use'),
            'the second server was not refused: does nginx still listen?',
          ),
          control: {
            id: 'nginx-ended',
            what: 'nginx was killed',
            instead: (session) => kill(session, 'web/nginx'),
          },
        },
      ],
    },
  ],
} satisfies Lab;

/** The same workload without `--network=container:`. */
function withoutJoining(name: string, command: readonly string[]): Variant {
  return {
    id: `${name}-joined-nothing`,
    what: `${name} was started in a new network namespace`,
    instead: (session) => session.run('web', name, command, { origins: { net: 'new' } }),
  };
}
