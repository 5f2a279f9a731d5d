import { fileURLToPath } from 'node:url';
import t from 'tap';
import { median } from '../../scripts/benchmarks/statistics.ts';
import { leftBehind } from '../campaign/left-behind.ts';
import { PretendHost } from '../campaign/pretend-host.ts';
import { nslab as program } from '../campaign/program.ts';
import { requires } from '../requires.ts';
import { Engine } from './engine.ts';

/** Time until nginx listens, three ways, interleaved, NSLAB_ROUNDS times: `nslab up`, three docker commands, a shell script. */
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const MANIFEST = here('../../scripts/labs/two-containers.yaml');
const ROUNDS = Number(process.env.NSLAB_ROUNDS ?? 1);

if (requires(t, 'root', 'ip', 'nft', 'dockerd', 'nginx', 'busybox')) {
  t.test('the article’s pod until it is ready: nslab up -d, Docker, a shell script', async (t) => {
    await using host = await PretendHost.create({ uplink: true, tmp: true });
    const before = await host.snapshot();
    {
      await using engine = await Engine.start(host);
      await engine.makeImages(here('../../native/bin/pause'));
      await engine.makeNginxImage();
      const measurements = new Map<string, number[]>();
      for (let round = 0; round < ROUNDS; round++) {
        for (const [what, { up, address, down }] of Object.entries(ways(engine))) {
          const start = performance.now();
          for (const command of up) await succeed(host, command);
          await answers(host, (await succeed(host, address)).trim());
          measurements.set(what, [...(measurements.get(what) ?? []), performance.now() - start]);
          for (const command of down) await succeed(host, command);
        }
      }
      for (const [what, all] of measurements)
        t.comment(`${what}: median ${Math.round(median(all))} ms of ${all.map(Math.round).join(' ')}`);
      const [ours = 0, theirs = 0] = [...measurements.values()].map(median);
      t.comment(`ours / Docker's: ${(ours / theirs).toFixed(2)}`);
      // Times are reported, not asserted: a busy machine would fail. Each way must have answered in each round.
      t.strictSame(
        [...measurements.values()].map((all) => all.length),
        [ROUNDS, ROUNDS, ROUNDS],
        'every way answered in every round',
      );
    }
    await host.run(['ip', 'neigh', 'flush', 'all']);
    t.same(await leftBehind(host, before, { except: DOCKERS_OWN }), [], 'nothing of nslab is left');
  });
}

/** What a Docker daemon leaves when it ends. */
const DOCKERS_OWN = /docker|containerd|nft: |sysctl: |cgroup|mount: /i;

interface Way {
  readonly up: readonly (readonly string[])[];
  /** Prints the pod's address. */
  readonly address: readonly string[];
  readonly down: readonly (readonly string[])[];
}

function ways(engine: Engine): Record<string, Way> {
  const nslab = (...words: string[]) => [...program.argv, ...words];
  const docker = (...words: string[]) => engine.command(...words);
  const joined = ['--network=container:pause', '--ipc=container:pause'];
  const loop = 'while true; do echo hello; sleep 1; done';
  const script = here('by-hand.sh');
  return {
    'nslab up -d': {
      up: [nslab('up', '-d', '-f', MANIFEST)],
      address: [
        'sh',
        '-c',
        "ip -n pod-two-container -o -4 addr show eth0 | sed 's/.*inet \\([0-9.]*\\).*/\\1/'",
      ],
      down: [nslab('down', '-f', MANIFEST)],
    },
    'docker run, three times': {
      up: [
        docker('run', '-d', '--name', 'pause', '--ipc=shareable', 'pause:3.1'),
        docker('run', '-d', '--name', 'nginx', ...joined, 'nginx'),
        docker('run', '-d', '--name', 'busybox', ...joined, 'busybox', 'sh', '-c', loop),
      ],
      address: docker('inspect', '-f', '{{.NetworkSettings.IPAddress}}', 'pause'),
      down: [docker('rm', '-f', 'nginx', 'busybox', 'pause')],
    },
    'unshare, ip, nsenter in a shell': {
      up: [['sh', script, 'up']],
      address: ['echo', '10.99.0.2'],
      down: [['sh', script, 'down']],
    },
  };
}

async function succeed(host: PretendHost, command: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await host.run([...command]);
  if (status !== 0) throw new Error(`${command.join(' ')}: ${stderr}`);
  return stdout;
}

/** Polls in one process: the start of a process per attempt would be measured, too. */
async function answers(host: PretendHost, address: string): Promise<void> {
  await succeed(host, [
    'bash',
    '-c',
    `for i in {1..30000}; do (: < /dev/tcp/${address}/80) 2>/dev/null && exit; sleep 0.002; done; exit 1`,
  ]);
}
