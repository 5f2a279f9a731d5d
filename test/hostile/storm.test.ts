import t, { type Test } from 'tap';
import { eventually } from '../kernel/evidence.ts';
import type { KernelHost } from '../kernel/host.ts';
import { requires } from '../requires.ts';
import { besideANeighbour, verbsAnswer } from './neighbour.ts';
import { storm } from './storm.ts';

const SIZE = process.env.NSLAB_CAMPAIGN ? 300 : 150;
const GRACE = 1;

/** A random name, because cgroups are shared with the machine: leftovers of another run must not be counted. */
const POD = `storm-${process.pid}`;

/** A way to start a pod whose workload is a storm. `limited` needs the machine's cgroups. */
const STORMS: Readonly<Record<string, Weather>> = {
  'in a pid namespace of its own': { spec: '', isRarely: true },
  'in a pid namespace of its own, each in a session of its own': { spec: '', leavesSession: true },
  'in the pod’s pid namespace': { spec: 'shareProcessNamespace: true', leavesSession: true, isRarely: true },
  'in the pod’s, under a limit of memory': {
    spec: 'shareProcessNamespace: true',
    leavesSession: true,
    limited: true,
  },
  'in the host’s, under a limit of memory': { spec: 'hostPID: true', leavesSession: true, limited: true },
};

interface Weather {
  readonly spec: string;
  readonly leavesSession?: boolean;
  readonly limited?: boolean;
  /** Only in the campaign: another storm of the table includes it. */
  readonly isRarely?: boolean;
}

if (requires(t, 'root', 'ip', 'nft', 'busybox')) {
  t.setTimeout(300_000);

  for (const [where, weather] of Object.entries(STORMS)) {
    if (weather.isRarely && !process.env.NSLAB_CAMPAIGN) continue;
    t.test(`a fork storm ${where}`, (t) =>
      besideANeighbour(
        t,
        async (host) => {
          if (weather.limited && !(await hasMemoryGroup(host)))
            return void t.pass('skipped', { skip: 'this machine lets us make no memory cgroup' });
          // A process of the same program outside the pod: `down` must not kill it.
          const bystander = await host.sh('setsid perl -e "sleep 100" >/dev/null 2>&1 & echo $!');
          await host.must(['up', '-d', '-f', '-'], { input: manifest(weather) });
          const raging = async () => (await host.must(['logs', `${POD}/storm`])).includes('raging');
          t.ok(await eventually(raging), 'it is there');
          // The processes change while they are counted: some can be missed, none is counted twice.
          t.ok((await population(host)) >= SIZE * 0.8, `control: ${SIZE} processes`);
          await verbsAnswer(t, host, POD, 'storm');
          const down = await host.nslab(['down', POD]);
          t.match(down, { status: 0, stdout: `${POD}\n` });
          t.comment(`down: ${Math.round(down.ms)} ms`);
          t.ok(down.ms < GRACE * 1000 + 2000, `down: within its grace and 2 s (${Math.round(down.ms)} ms)`);
          t.equal(await population(host), 1, 'nobody is left but the bystander');
          await host.sh(`kill ${bystander}`);
          t.ok(await eventually(async () => (await population(host)) === 0), 'control: who is counted');
        },
        { tmp: true, cgroups: weather.limited ?? false },
      ),
    );
  }

  t.test('a storm that no limit holds outlives its workload in the host’s pid namespace, as is said', (t) =>
    besideANeighbour(t, async (host) => {
      await host.must(['up', '-d', '-f', '-'], {
        input: manifest({ spec: 'hostPID: true', leavesSession: true }),
      });
      await eventually(async () => (await population(host)) >= SIZE * 0.8);
      t.match(await host.nslab(['down', POD]), { status: 0 }, 'down does not wait for them');
      t.ok((await population(host)) > 0, 'SECURITY.md: hostPID');
      await endAll(t, host);
    }),
  );
}

function manifest({ spec, leavesSession = false, limited = false }: Weather): string {
  const container = {
    name: 'storm',
    image: 'perl',
    command: storm(SIZE, { leavesSession }),
    ...(limited && { resources: { limits: { memory: '512Mi' } } }),
  };
  const [key, value] = spec.split(': ');
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: POD },
    spec: {
      terminationGracePeriodSeconds: GRACE,
      restartPolicy: 'Never',
      ...(key && { [key]: value === 'true' }),
      containers: [container],
    },
  });
}

/** Finds the processes by their program, because a storm changes its pids. */
async function population({ sh }: KernelHost): Promise<number> {
  return Number(await sh(`find /proc/[0-9]*/exe -lname '*/perl*' 2>/dev/null | wc -l`));
}

/** Whether nslab itself finds a memory controller, when the machine's cgroups are visible. */
async function hasMemoryGroup({ nslab }: KernelHost): Promise<boolean> {
  const { items } = JSON.parse((await nslab(['doctor', '-o', 'json'])).stdout) as {
    items: { what: string; found: string }[];
  };
  return items.some(({ what, found }) => what === 'limits' && found.includes('memory by cgroup'));
}

/** Kills the processes that the pod left on the host. All at once: each survivor would start a successor. */
async function endAll(t: Test, host: KernelHost): Promise<void> {
  const line = `kill -9 $(find /proc/[0-9]*/exe -lname '*/perl*' | cut -d/ -f3)`;
  const gone = async () => {
    await host.host.run(['bash', '-c', `for round in {1..10}; do ${line}; done 2>/dev/null`]);
    return (await population(host)) === 0;
  };
  t.ok(await eventually(gone, 20_000), 'ended by hand');
}
