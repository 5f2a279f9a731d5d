import type { ComparedPod } from '../../src/compare/compared-pod.ts';
import { Engine } from '../../src/compare/engine/engine.ts';
import { LOOP } from '../../src/compare/our-pod.ts';
import { DOCKER_COMMANDS, dockerComparedPod, startDockerPod } from '../../src/lab/actions/docker-pod.ts';
import { differs, equal } from '../../src/lab/check.ts';
import { differingFacts } from '../../src/lab/evidence/differing-facts.ts';
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
  goal: 'What Docker and nslab do in the same way for a pod, what differs, and why.',
  drawing: `
    docker run --name pause --ipc=shareable …          nslab: holder
    docker run --network=container:pause …  nginx      nslab: nginx
    docker run --network=container:pause …  busybox    nslab: busybox
         └─────────── the same facts from the same kernel ──────────┘
  `,
  needs: ['docker', 'nginx', 'busybox'],
  lacks: () => Engine.whyUnavailable(),
  steps: [
    {
      id: 'docker',
      goal: 'Docker makes the article’s pod with three commands.',
      predictions: [
        {
          id: 'docker-uts',
          question:
            'nginx and busybox join the network namespace of pause. Do the three share one host name?',
          choices: ['yes', 'no'],
          answer: oneName,
        },
      ],
      action: (session) => startDockerPod(session),
      evidence: { commands: DOCKER_COMMANDS, shared: inodes(THEIRS, KINDS) },
      checks: [
        {
          id: 'docker-joined',
          says: 'the three are in one network namespace',
          fault: equal('shared', 'net', ...THEIRS),
          control: {
            id: 'docker-without-network',
            what: 'the containers were started without --network=container:',
            instead: (session) => startDockerPod(session, () => []),
          },
        },
        {
          id: 'docker-own-names',
          says: 'each has its own UTS namespace: Docker cannot share it',
          fault: differs('shared', 'uts', ...THEIRS),
          control: {
            id: 'docker-uts-host',
            what: "the containers were started with --uts=host and have this host's",
            instead: (session) => startDockerPod(session, () => ['--uts=host']),
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
          question: 'Do the three share one host name in nslab’s pod?',
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
            what: 'busybox was started in a new network namespace',
            instead: (session) => ourPod(session, { net: 'new' }),
          },
        },
        {
          id: 'ours-one-name',
          says: 'the three are in one UTS namespace, as in Kubernetes: they share one host name',
          fault: equal('shared', 'uts', ...OURS),
          control: {
            id: 'ours-own-name',
            what: 'busybox was started in a new UTS namespace, as with Docker',
            instead: (session) => ourPod(session, { uts: 'new' }),
          },
        },
      ],
    },
    {
      id: 'facts',
      goal: 'Every fact is read on both sides by the same code.',
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
      evidence: { facts: differingFacts(dockerComparedPod, ourComparedPod) },
      checks: [
        {
          id: 'explained',
          says: 'every difference has a known reason (nslab compare docker prints it)',
          fault: ({ facts = [] }) => {
            const unexplained = facts.filter(({ verdict }) => verdict === 'different');
            if (unexplained.length === 0) return undefined;
            const list = unexplained.map(
              ({ fact, docker, ours }) => `${fact}: ${docker} there, ${ours} here`,
            );
            return `differences without a known reason: ${list.join('; ')}`;
          },
          control: {
            id: 'another-mtu',
            what: 'the MTU of eth0 is smaller in our pod than in Docker’s',
            breaks: (session) => [session.inNetwork('web', 'ip link set dev eth0 mtu 1280')],
            cures: (session) => [session.inNetwork('web', `ip link set dev eth0 mtu ${mtuOf(session)}`)],
          },
        },
      ],
    },
  ],
} satisfies Lab;

/** Whether all rows have one UTS namespace. */
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
  return { pids, placeholders: { [session.nameOf('web')]: 'the name of the pod' } };
}

/** The MTU of the pod's network. */
function mtuOf(session: LabSession): number {
  return (session.podOf('web').inspect().network as { mtu: number }).mtu;
}
