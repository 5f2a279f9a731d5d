import t from 'tap';
import { eventually, until } from '../eventually.ts';
import type { KernelHost } from '../kernel/host.ts';
import { processStart } from '../process-starts.ts';
import { requires, skip } from '../requires.ts';
import { besideANeighbour, verbsAnswer } from './neighbour.ts';
import { storm } from './storm.ts';

// Each session has its share of the processor, whatever its niceness: more of them, and a slow machine does nothing else.
const SIZE = process.env.NSLAB_CAMPAIGN ? 300 : 50;
const GRACE = 1;

/** Beyond its grace: a down of one that is at rest is a few of them. */
const MOST_STARTS = 60;

/** Cgroups are the machine's: what another run has left there must not be taken for ours. */
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
  for (const [where, weather] of Object.entries(STORMS)) {
    if (weather.isRarely && !process.env.NSLAB_CAMPAIGN) continue;
    t.test(`a fork storm ${where}`, (t) =>
      besideANeighbour(
        t,
        async (host) => {
          if (weather.limited && !(await hasMemoryGroup(host)))
            return skip(t, 'this machine lets us make no memory cgroup');
          // A bystander of the same name, who must see nothing of all this.
          const bystander = await host.sh('setsid perl -e "sleep 1000" >/dev/null 2>&1 & echo $!');
          await host.must(['up', '-d', '-f', '-'], { input: manifest(weather) });
          const raging = async () => (await host.must(['logs', `${POD}/storm`])).includes('raging');
          t.ok(await eventually(raging), 'it is there');
          t.ok(await eventually(() => rages(host)), `control: ${SIZE} processes`);
          await verbsAnswer(t, host, POD, 'storm');
          t.ok(await eventually(() => rages(host)), 'and while they did it went on');
          // Before the storm is over: a start costs more in it than after it.
          const start = await processStart();
          const down = await host.nslab(['down', POD]);
          t.match(down, { status: 0, stdout: `${POD}\n` });
          const starts = Math.round((down.ms - GRACE * 1000) / start);
          t.ok(starts < MOST_STARTS, `down: its grace, and as long as ${starts} process starts`);
          t.equal(await population(host), 1, 'nobody is left but the bystander');
          await host.sh(`kill ${bystander}`);
          t.ok(await eventually(async () => (await population(host)) === 0), 'control: who is counted');
        },
        { tmp: true, cgroups: weather.limited ?? false },
      ),
    );
  }

  t.test('a storm that no limit holds ends with its workload, also in the host’s pid namespace', (t) =>
    besideANeighbour(t, async (host) => {
      await host.must(['up', '-d', '-f', '-'], {
        input: manifest({ spec: 'hostPID: true', leavesSession: true }),
      });
      await until(() => rages(host));
      t.match(await host.nslab(['down', POD]), { status: 0 }, 'down does not wait for them');
      t.ok(await eventually(async () => (await population(host)) === 0), 'its shim has adopted them');
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

/** They change while they are counted: some are missed. */
async function rages(host: KernelHost): Promise<boolean> {
  return (await population(host)) >= SIZE / 2;
}

/** In one pass that looks at each process as it meets it: of a list made before, most would be somebody else by then. */
async function population({ host }: KernelHost): Promise<number> {
  return Number((await host.run(['pgrep', '-c', '-x', 'perl'])).stdout);
}

/** Whether nslab itself finds a memory controller, when the machine's cgroups are visible. */
async function hasMemoryGroup({ nslab }: KernelHost): Promise<boolean> {
  const { items } = JSON.parse((await nslab(['doctor', '-o', 'json'])).stdout) as {
    items: { what: string; found: string }[];
  };
  return items.some(({ what, found }) => what === 'limits' && found.includes('memory by cgroup'));
}
