import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Result } from '../campaign/pretend-host.ts';
import { requires } from '../requires.ts';
import { stateOf } from './damage.ts';
import { type Item, inspected, listed, pidOf } from './evidence.ts';
import { type KernelHost, onFreshHost, withStateDir } from './host.ts';

const MANIFEST = `apiVersion: v1
kind: Pod
metadata: { name: u }
spec: { containers: [{ name: w, image: busybox, command: [sleep, '1000'] }] }`;

/** The states of everything in two pods. */
const RUNNING = ['p/pause Running', 'p/w Running', 'u/pause Running', 'u/w Running'];

if (requires(t, 'root', 'ip', 'nft', 'busybox')) {
  t.test('a start time on record decides nothing', (t) =>
    onFreshHost(t, async (host) => {
      const { must, nslab, sh } = host;
      await twoPods(host);
      const [holder, workload] = [await pidOf(host, 'p/pause'), await pidOf(host, 'p/w')];
      for (const pod of ['p', 'u']) spoilStartTimes(host, pod);
      t.same(await states(host), RUNNING, 'ps');
      t.equal(await must(['exec', 'p', 'cat', '/proc/sys/kernel/hostname']), 'p\n', 'exec');
      t.match(await nslab(['gc']), { status: 0, stdout: '', stderr: '' }, 'gc finds nothing');
      await must(['kill', 'p/w']);
      await sh(`while [ -e /proc/${workload} ]; do sleep 0.01; done`);
      await must(['restart', 'p/w']);
      await must(['stop', 'u/w']);
      t.equal((await listed(host)).get('u/w')?.state, 'Error (signal 9)', 'stop');
      await must(['rm', '-f', 'p/w']);
      await must(['down', 'p', 'u']);
      t.equal(await sh(`[ -e /proc/${holder} ] && echo runs || echo gone`), 'gone\n', 'down');
    }),
  );

  t.test('another time namespace: each changing verb does what it does here', (t) =>
    onFreshHost(t, async (host) => {
      const { sh } = host;
      const there = enter(host, 'unshare', '--time', '--boottime', '1000000', '--fork');
      await twoPods(host);
      for (const [words, expected] of [
        [['gc'], RUNNING],
        [
          ['hold', 'q'],
          [...RUNNING.slice(0, 2), 'q/pause Running', ...RUNNING.slice(2)],
        ],
        [['kill', 'p/w'], undefined],
        [
          ['restart', 'p/w'],
          [...RUNNING.slice(0, 2), 'q/pause Running', ...RUNNING.slice(2)],
        ],
        [['stop', 'u/w'], undefined],
        [
          ['restart', 'u/w'],
          [...RUNNING.slice(0, 2), 'q/pause Running', ...RUNNING.slice(2)],
        ],
        [
          ['rm', '-f', 'p/w'],
          ['p/pause Running', 'q/pause Running', ...RUNNING.slice(2)],
        ],
        [['run', '-d', '--pod', 'p', '--name', 'w', '--', 'sleep', '1000'], undefined],
        [['network', 'create', 'lab'], undefined],
        [['network', 'rm', 'lab'], undefined],
        [['down', 'q'], RUNNING],
        [['down', 'u'], RUNNING.slice(0, 2)],
        [['up', '-d', '-f', '-'], RUNNING],
        [['down', 'p', 'u'], []],
      ] as const) {
        const result = await there(words, MANIFEST);
        t.match(
          result,
          { status: 0, stderr: /^(nslab: workload "w": does not catch TERM\n)?$/ },
          words.join(' '),
        );
        if (expected) t.same(await states(host), expected, `${words.join(' ')}: what is there then`);
      }
      t.equal(await sh('pgrep -x "sleep|pause|shim" -c || true'), '1\n', 'none is left but the uplink’s');
    }),
  );

  t.test('a pid namespace below, where /proc is the outer one: read, and not changed', (t) =>
    onFreshHost(t, async (host) => {
      const { must } = host;
      await twoPods(host);
      const there = enter(host, 'unshare', '--pid', '--fork');
      const here = await listed(host);
      t.same(itemsIn(await there(['ps', '-a', '-o', 'json'])), [...here.values()], 'ps: the same pids');
      t.match(await there(['logs', 'p/w']), { status: 0, stdout: 'hello\n', stderr: '' }, 'logs');
      t.match(
        JSON.parse((await there(['inspect', 'p'])).stdout).items,
        [{ holder: { pid: here.get('p/pause')?.pid }, workloads: [{ pid: here.get('p/w')?.pid }] }],
        'inspect',
      );
      const exec = ['exec', 'p', 'cat', '/proc/sys/kernel/hostname'];
      t.match(await there(exec), { status: 0, stdout: 'p\n', stderr: '' }, 'exec');
      // setns(2) joins no pid namespace beside the own one.
      t.match(
        await there(['exec', 'p/w', 'true']),
        { status: 125, stderr: NAMES_BOTH },
        'exec of a workload',
      );
      await refusesChanges(t, host, there);
      await must(['down', 'p', 'u']);
    }),
  );

  t.test('a pid namespace below with a /proc of its own: nothing is seen, and it is said', (t) =>
    onFreshHost(t, async (host) => {
      const { must } = host;
      await twoPods(host);
      const there = enter(host, 'unshare', '--pid', '--fork', '--mount-proc');
      for (const { state, pid } of itemsIn(await there(['ps', '-a', '-o', 'json'])))
        t.match({ state, pid }, { state: /^Unknown \(its pids are of pid:\[\d+\]\)$/, pid: null });
      t.match(await there(['logs', 'p/w']), { status: 0, stdout: 'hello\n' }, 'logs needs no process');
      for (const name of ['p', 'p/w'])
        t.match(await there(['exec', name, 'true']), { status: 125, stderr: NAMES_BOTH }, `exec ${name}`);
      await refusesChanges(t, host, there);
      await must(['down', 'p', 'u']);
    }),
  );

  t.test('from the pid namespace above: by the numbers that the processes have here', (t) =>
    onFreshHost(t, async (host) => {
      const { must, sh } = host;
      const [one, inside] = await otherPidNamespace(host);
      await inside.must(['hold', 'p']);
      await inside.must([
        'run',
        '-d',
        '--pod',
        'p',
        '--name',
        'w',
        '--',
        'sh',
        '-c',
        'echo hello; exec sleep 1000',
      ]);
      await inside.must(['up', '-d', '-f', '-'], { input: MANIFEST });
      t.same(await states(host), RUNNING, 'ps');
      const [holder, workload] = [await pidOf(host, 'p/pause'), await pidOf(host, 'p/w')];
      t.not(holder, await pidOf(inside, 'p/pause'), 'it has another number inside (control)');
      t.equal(
        await sh(`cat /proc/${holder}/comm /proc/${workload}/comm`),
        'pause\nsleep\n',
        'the right ones',
      );
      t.match(await inspected(host, 'p'), { holder: { pid: holder }, workloads: [{ pid: workload }] });
      t.match(await must(['ns']), new RegExp(`p +w +${workload} `), 'ns');
      t.equal(await must(['exec', 'p', 'cat', '/proc/sys/kernel/hostname']), 'p\n', 'exec');
      const exec = ['exec', 'p/w', 'stat', '-Lc', '%i', '/proc/self/ns/pid'];
      t.equal(await must(exec), await sh(`stat -Lc %i /proc/${workload}/ns/pid`), 'exec of a workload');
      t.equal(await must(['logs', 'p/w']), 'hello\n', 'logs');
      await refusesChanges(t, host, (words) => host.nslab(words));

      // What is dead is not seen to run.
      await sh(`kill -9 ${workload}; while [ -e /proc/${workload} ]; do sleep 0.01; done`);
      t.match((await listed(host)).get('p/w'), { state: 'Error (signal 9)', pid: null }, 'ended (control)');
      t.match(await inside.nslab(['gc']), { status: 0, stdout: '' }, 'from inside, gc finds nothing');

      // Joined without its mounts: what /proc shows under a number is not what a signal would reach.
      const halfway = enter(host, 'nsenter', '-t', String(one), '-p');
      t.match(
        itemsIn(await halfway(['ps', '-o', 'json'])),
        [{ state: 'Running', pid: holder }],
        'ps, halfway',
      );
      for (const words of [['gc'], ['down', 'p'], ['hold', 'z']])
        t.match(
          await halfway(words),
          {
            status: 1,
            stdout: '',
            stderr: /^nslab: \/proc shows the processes of pid:\[\d+\], .*\nhint: .*--mount/,
          },
          `${words.join(' ')}, halfway: refused`,
        );
      await inside.must(['down', 'p', 'u']);
      await sh(`kill -9 ${one}; while [ -e /proc/${one} ]; do sleep 0.01; done`);
    }),
  );
}

/** Runs `nslab WORDS` by way of a command that enters or makes a namespace. */
function enter({ host, argv }: KernelHost, ...command: string[]): Verb {
  return (words, input = '') => host.run([...command, ...argv, ...words], { input });
}

type Verb = (words: readonly string[], input?: string) => Promise<Result>;

const NAMES_BOTH =
  /are of pid:\[\d+\], and this process is in pid:\[\d+\]\nhint: .*nsenter -t PID --pid --mount/;

async function refusesChanges(t: Test, host: KernelHost, there: Verb): Promise<void> {
  const before = await host.host.snapshot();
  for (const words of [
    ['gc'],
    ['hold', 'z'],
    ['kill', 'p/w'],
    ['stop', 'p/w'],
    ['restart', 'p/w'],
    ['rm', '-f', 'p/w'],
    ['down', 'p'],
    ['run', '--pod', 'p', '--name', 'v', '--', 'true'],
  ]) {
    const status = words[0] === 'run' ? 125 : 1;
    const stderr =
      /^nslab: \/run\/nslab belongs to the namespace pid:\[\d+\], and this process is in pid:\[\d+\]\n/;
    t.match(await there(words), { status, stdout: '', stderr }, `${words.join(' ')}: refused`);
  }
  t.same(await host.host.snapshot(), before, 'and nothing has changed');
}

async function twoPods({ must }: KernelHost): Promise<void> {
  await must(['hold', 'p']);
  await must(['run', '-d', '--pod', 'p', '--name', 'w', '--', 'sh', '-c', 'echo hello; exec sleep 1000']);
  await must(['up', '-d', '-f', '-'], { input: MANIFEST });
}

async function states(host: KernelHost): Promise<string[]> {
  return [...(await listed(host))].map(([name, { state }]) => `${name} ${state}`).sort();
}

function itemsIn({ stdout }: Result): Item[] {
  return (JSON.parse(stdout) as { items: Item[] }).items;
}

/** As after a change of clocks, or in the hands of somebody who restores a snapshot. */
function spoilStartTimes({ host }: KernelHost, pod: string): void {
  const rewrite = (path: string, change: (text: string) => string) => {
    const file = join(stateOf(host), 'pods', pod, path);
    const text = readFileSync(file, 'utf8');
    if (change(text) === text) throw new Error(`no start time in ${path}`);
    writeFileSync(file, change(text));
  };
  rewrite('status.json', (text) => text.replace(/"startTime":\d+/, '"startTime":1'));
  rewrite('workloads/w/status', (text) =>
    text
      .replace(/"(shimStart|start)":\d+/g, '"$1":1')
      .trimEnd()
      .padEnd(511)
      .concat('\n'),
  );
}

/** Its first process, which only reaps, and nslab in it. */
async function otherPidNamespace(host: KernelHost): Promise<[one: number, inside: KernelHost]> {
  const one = Number(
    await host.sh(`unshare --pid --fork --mount-proc bash -c 'while :; do sleep 1000; done' <&- >/dev/null 2>&1 & unshare=$!
      until pgrep -P $unshare -x bash; do sleep 0.01; done | tail -n1`),
  );
  return [one, hostIn(host, ['nsenter', '-t', String(one), '-p', '-m'])];
}

function hostIn(host: KernelHost, way: readonly string[]): KernelHost {
  return withStateDir(host, '/run/nslab', way);
}
