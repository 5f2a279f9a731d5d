import type { ComparedPod } from '../../src/compare/compared-pod.ts';
import { Engine } from '../../src/compare/engine/engine.ts';
import { LOOP } from '../../src/compare/our-pod.ts';
import { DOCKER_COMMANDS, dockerComparedPod, startDockerPod } from '../../src/lab/actions/docker-pod.ts';
import { differs, equal } from '../../src/lab/check.ts';
import { differingFacts } from '../../src/lab/evidence/differing-facts.ts';
import { inodes } from '../../src/lab/evidence/namespaces.ts';
import { listeners } from '../../src/lab/evidence/network-evidence.ts';
import type { Evidence, LabScript } from '../../src/lab/lab.ts';
import type { LabSession } from '../../src/lab/lab-session.ts';
import type { Origin } from '../../src/spec/workload-spec.ts';

const KINDS = ['net', 'ipc', 'uts', 'pid', 'mnt'] as const;
const THEIRS = ['docker/pause', 'docker/nginx', 'docker/busybox'];
const OURS = ['web', 'web/nginx', 'web/busybox'];

export default {
  name: 'docker-compare',
  needs: ['docker', 'nginx', 'busybox'],
  lacks: () => Engine.whyUnavailable(),
  steps: [
    {
      id: 'docker',
      predictions: [
        {
          id: 'docker-uts',
          choices: ['yes', 'no'],
          answer: oneName,
        },
      ],
      action: (session) => startDockerPod(session),
      evidence: { commands: DOCKER_COMMANDS, shared: inodes(THEIRS, KINDS) },
      checks: [
        {
          id: 'docker-joined',
          finds: equal('shared', 'net', ...THEIRS),
          control: {
            id: 'docker-without-network',
            instead: (session) => startDockerPod(session, () => []),
          },
        },
        {
          id: 'docker-own-names',
          finds: differs('shared', 'uts', ...THEIRS),
          control: {
            id: 'docker-uts-host',
            instead: (session) => startDockerPod(session, () => ['--uts=host']),
          },
        },
      ],
    },
    {
      id: 'ours',
      predictions: [
        {
          id: 'our-uts',
          choices: ['yes', 'no'],
          answer: oneName,
        },
      ],
      action: (session) => ourPod(session),
      evidence: { shared: inodes(OURS, KINDS) },
      checks: [
        {
          id: 'ours-joined',
          finds: equal('shared', 'net', ...OURS),
          control: {
            id: 'ours-without-network',
            instead: (session) => ourPod(session, { net: 'new' }),
          },
        },
        {
          id: 'ours-one-name',
          finds: equal('shared', 'uts', ...OURS),
          control: {
            id: 'ours-own-name',
            instead: (session) => ourPod(session, { uts: 'new' }),
          },
        },
      ],
    },
    {
      id: 'facts',
      predictions: [
        {
          id: 'how-many',
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
          finds: ({ facts = [] }) => {
            const unexplained = facts.filter(({ verdict }) => verdict === 'different');
            if (unexplained.length === 0) return undefined;
            const list = unexplained.map(
              ({ fact, docker, ours }) => `${fact}: ${docker} there, ${ours} here`,
            );
            return { list: list.join('; ') };
          },
          control: {
            id: 'another-mtu',
            breaks: (session) => [session.inNetwork('web', 'ip link set dev eth0 mtu 1280')],
            cures: (session) => [session.inNetwork('web', `ip link set dev eth0 mtu ${mtuOf(session)}`)],
          },
        },
      ],
    },
  ],
} satisfies LabScript;

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
