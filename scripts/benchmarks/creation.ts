import { Host, program } from './host.ts';
import type { Creation, Profile } from './results.ts';
import { median } from './statistics.ts';

/** One way of making pods: the program that makes so many and ends them, and how many it is patient enough for. */
interface Way {
  readonly way: string;
  readonly most: number;
  readonly command: (count: number, host: Host) => Promise<readonly string[]>;
  readonly needs?: string;
}

const WAYS: readonly Way[] = [
  {
    way: 'floor, routed',
    most: 1000,
    command: async (n) => program.native('floor', 'ptp', `${n}`, program.pause),
  },
  {
    way: 'floor, bridge',
    most: 1000,
    command: async (n) => program.native('floor', 'bridge', `${n}`, program.pause),
  },
  {
    way: 'nslab, routed',
    most: 1000,
    command: async (n) => program.compiled('library', 'ptp', 'netlink', `${n}`),
  },
  {
    way: 'nslab, bridge',
    most: 1000,
    command: async (n) => program.compiled('library', 'bridge', 'netlink', `${n}`),
  },
  {
    way: 'nslab by ip, routed',
    most: 100,
    command: async (n) => program.compiled('library', 'ptp', 'ip', `${n}`),
  },
  {
    way: 'shell, ip -batch',
    most: 100,
    command: async (n) => program.script('shell.sh', 'batch', `${n}`, program.pause),
  },
  {
    way: 'shell, ip',
    most: 100,
    command: async (n) => program.script('shell.sh', 'single', `${n}`, program.pause),
  },
  {
    way: 'CNI plugins',
    most: 100,
    needs: '/usr/lib/cni/bridge',
    command: async (n) => program.script('cni.sh', `${n}`),
  },
  {
    way: 'Mininet',
    most: 100,
    needs: 'mn',
    command: async (n) => program.script('mininet-hosts.py', `${n}`),
  },
  { way: 'docker run', most: 10, needs: 'dockerd', command: dockerRun },
];

/** How long pods take to be made and to be ended, in turn by every way that is here, and so often. */
export async function measureCreation(
  counts: readonly number[],
  rounds: number,
  say: (line: string) => void,
): Promise<Creation[]> {
  await using host = await Host.create();
  const ways: Way[] = [];
  for (const way of WAYS) if (!way.needs || (await host.has(way.needs))) ways.push(way);
  const found: Creation[] = [];
  for (const count of counts) {
    const here = ways.filter(({ most }) => count <= most);
    const runs = new Map(here.map(({ way }) => [way, [] as Run[]]));
    for (let round = 0; round < rounds; round++)
      for (const { way, command } of here) {
        say(`create ${count}, round ${round + 1} of ${rounds}: ${way}`);
        runs.get(way)?.push(JSON.parse(await host.run(await command(count, host))) as Run);
      }
    for (const [way, all] of runs) found.push(summed(way, count, all));
  }
  return found;
}

/** What each of these programs prints: microseconds of all pods together, and of each where it can tell. */
interface Run {
  readonly create: number;
  readonly remove: number;
  readonly each?: readonly number[];
  readonly parts?: Readonly<Record<string, number>>;
}

function summed(way: string, count: number, runs: readonly Run[]): Creation {
  const perPod = (which: 'create' | 'remove') => runs.map((run) => Math.round(run[which] / count));
  // The last tenth of them beside the second (in the first Node still compiles): what one costs where there are many.
  const tenth = Math.floor(count / 10);
  const growth = runs.flatMap(({ each }) =>
    each && count >= 100 ? [median(each.slice(-tenth)) / median(each.slice(tenth, 2 * tenth))] : [],
  );
  return {
    way,
    count,
    create: perPod('create'),
    remove: perPod('remove'),
    ...(growth.length > 0 && { growth: Number(median(growth).toFixed(2)) }),
  };
}

/** Into what the time of one of a hundred goes. */
export async function measureProfile(rounds: number): Promise<Profile> {
  await using host = await Host.create();
  const count = 100;
  const runs: Required<Run>[] = [];
  for (let round = 0; round < rounds; round++)
    runs.push(JSON.parse(await host.run(program.compiled('library', 'ptp', 'netlink', `${count}`))));
  const each = (of: (run: Required<Run>) => number) => runs.map((run) => Math.round(of(run) / count));
  const names = new Set(runs.flatMap(({ parts }) => Object.keys(parts)));
  const parts = [...names].map((name) => [name, each((run) => run.parts[name] ?? 0)]);
  return { count, create: each(({ create }) => create), parts: Object.fromEntries(parts) };
}

/** Each with its own `docker run`, and one `docker rm` for all. */
async function dockerRun(count: number, host: Host): Promise<readonly string[]> {
  const docker = (await host.engine())?.command().join(' ');
  return [
    'bash',
    '-c',
    `set -e
     now() { echo "\${EPOCHREALTIME/./}"; }
     start=$(now)
     for ((n = 0; n < ${count}; n++)); do ${docker} run -d --name bench$n pause:3.1 >/dev/null; done
     made=$(now)
     ${docker} rm -f $(seq -f bench%g 0 ${count - 1}) >/dev/null
     echo "{\\"create\\":$((made - start)),\\"remove\\":$(($(now) - made))}"`,
  ];
}
