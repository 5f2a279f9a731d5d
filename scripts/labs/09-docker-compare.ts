import type { ComparedPod } from '../../src/compare/compared-pod.ts';
import { Engine } from '../../src/compare/engine/engine.ts';
import { LOOP } from '../../src/compare/our-pod.ts';
import { DOCKER_COMMANDS, dockerComparedPod, dockerPod } from '../../src/lab/actions/docker-pod.ts';
import { differs, equal } from '../../src/lab/check.ts';
import { differing } from '../../src/lab/evidence/facts.ts';
import { inodes } from '../../src/lab/evidence/namespaces.ts';
import { listeners } from '../../src/lab/evidence/network-evidence.ts';
import type { Evidence, Lab } from '../../src/lab/lab.ts';
import type { LabSession } from '../../src/lab/lab-session.ts';
import type { Origin } from '../../src/spec/workload-spec.ts';

const KINDS = ['net', 'ipc', 'uts', 'pid', 'mnt'] as const;
const THEIRS = ['docker/pause', 'docker/nginx', 'docker/busybox'];
const OURS = ['web', 'web/nginx', 'web/busybox'];

export default {
  name: 'docker-compare',
  title: "Beside Docker: the article's three commands, and ours",
  goal: 'What Docker and nslab do alike for a pod, what they do otherwise, and why.',
  drawing: `
    docker run --name pause --ipc=shareable …          nslab: holder
    docker run --network=container:pause …  nginx      nslab: nginx
    docker run --network=container:pause …  busybox    nslab: busybox
         └────────── the same questions to the same kernel ─────────┘
  `,
  needs: ['docker', 'nginx', 'busybox'],
  lacks: () => Engine.absence(),
  steps: [
    {
      id: 'docker',
      goal: 'Docker makes the pod of the article, by its three commands.',
      predictions: [
        {
          id: 'docker-uts',
          question: 'nginx and busybox join the network of pause. Will the three have one host name?',
          choices: ['yes', 'no'],
          answer: oneName,
        },
      ],
      action: (session) => dockerPod(session),
      evidence: { commands: DOCKER_COMMANDS, shared: inodes(THEIRS, KINDS) },
      checks: [
        {
          id: 'docker-joined',
          says: 'the three are in one network namespace',
          fault: equal('shared', 'net', ...THEIRS),
          control: {
            id: 'docker-without-network',
            what: 'the containers were started without --network=container:',
            instead: (session) => dockerPod(session, () => []),
          },
        },
        {
          id: 'docker-own-names',
          says: 'each has a UTS namespace of its own: Docker cannot share it',
          fault: differs('shared', 'uts', ...THEIRS),
          control: {
            id: 'docker-uts-host',
            what: "the containers were started with --uts=host: then it is this host's",
            instead: (session) => dockerPod(session, () => ['--uts=host']),
          },
        },
      ],
    },
    {
      id: 'ours',
      goal: 'nslab makes the same pod, without an engine.',
      predictions: [
        {
          id: 'our-uts',
          question: 'And in ours: will the three have one host name?',
          choices: ['yes', 'no'],
          answer: oneName,
        },
      ],
      action: (session) => ourPod(session),
      evidence: { shared: inodes(OURS, KINDS) },
      checks: [
        {
          id: 'ours-joined',
          says: 'the three are in one network namespace, as with Docker',
          fault: equal('shared', 'net', ...OURS),
          control: {
            id: 'ours-without-network',
            what: 'busybox was started with a network namespace of its own',
            instead: (session) => ourPod(session, { net: 'new' }),
          },
        },
        {
          id: 'ours-one-name',
          says: 'and in one UTS namespace, as in Kubernetes: they have one host name',
          fault: equal('shared', 'uts', ...OURS),
          control: {
            id: 'ours-own-name',
            what: 'busybox was started with a UTS namespace of its own, as Docker does it',
            instead: (session) => ourPod(session, { uts: 'new' }),
          },
        },
      ],
    },
    {
      id: 'facts',
      goal: 'Every fact is asked for on both sides, by the same probe.',
      predictions: [
        {
          id: 'how-many',
          question: 'In how many of about fifty facts do the two differ on purpose?',
          choices: ['in none', 'in some, but not in half', 'in half or more'],
          answer: (_, { facts = [] }) => {
            const same = Number.parseInt(String(facts[0]?.fact), 10);
            const purpose = facts.filter(({ verdict }) => verdict === 'on purpose').length;
            if (purpose === 0) return 'in none';
            return purpose < same ? 'in some, but not in half' : 'in half or more';
          },
        },
      ],
      action: async () => {},
      evidence: { facts: differing(dockerComparedPod, ourComparedPod) },
      checks: [
        {
          id: 'explained',
          says: 'whatever differs does so for a reason that is on record (nslab compare docker tells it)',
          fault: ({ facts = [] }) => {
            const odd = facts.filter(({ verdict }) => verdict === 'different');
            if (odd.length === 0) return undefined;
            const list = odd.map(({ fact, docker, ours }) => `${fact}: ${docker} there, ${ours} here`);
            return `nobody knows why these differ: ${list.join('; ')}`;
          },
          control: {
            id: 'another-mtu',
            what: 'the MTU of eth0 is smaller in our pod than in that of Docker',
            breaks: (session) => [session.inNetwork('web', 'ip link set dev eth0 mtu 1280')],
            cures: (session) => [session.inNetwork('web', `ip link set dev eth0 mtu ${mtuOf(session)}`)],
          },
        },
      ],
    },
  ],
} satisfies Lab;

/** Whether all of them are in one UTS namespace. */
function oneName(_: LabSession, { shared = [] }: Evidence): string {
  return new Set(shared.map(({ uts }) => uts)).size === 1 ? 'yes' : 'no';
}

async function ourPod(
  session: LabSession,
  busybox: Partial<Record<'net' | 'uts', Origin>> = {},
): Promise<void> {
  await session.pod('web', { hostname: session.nameOf('web') });
  await session.run('web', 'nginx', ['nginx', '-g', 'daemon off;']);
  await session.run('web', 'busybox', LOOP, { origins: busybox });
  await session.until(listeners('web'), (rows) => rows.some(({ port }) => port === 80));
}

function ourComparedPod(session: LabSession): ComparedPod {
  const pids = {
    pause: session.pid('web'),
    nginx: session.pid('web/nginx'),
    busybox: session.pid('web/busybox'),
  };
  return { pids, meanings: { [session.nameOf('web')]: 'the name of the pod' } };
}

/** As its network has it. */
function mtuOf(session: LabSession): number {
  return (session.at('web').inspect().network as { mtu: number }).mtu;
}
