import t from 'tap';
import { eventually, until } from '../eventually.ts';
import { requires } from '../requires.ts';
import { inspected, tell } from './evidence.ts';
import { type KernelHost, onFreshHost } from './host.ts';

/** A pod whose init container waits for a file that nobody makes but a test. */
const WAITING = `apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  initContainers:
  - {name: first, image: busybox, command: [sh, -c, 'echo I wait; until [ -e /v/go ]; do sleep 0.05; done'], volumeMounts: [{name: v, mountPath: /v}]}
  containers:
  - {name: w, image: busybox, command: [sleep, '1000']}
  volumes: [{name: v, emptyDir: {medium: Memory}}]
`;

/** Whose TERM nobody hears, with an hour to live after it. */
const DEAF = `apiVersion: v1
kind: Pod
metadata: {name: deaf}
spec:
  terminationGracePeriodSeconds: 3600
  containers: [{name: w, image: busybox, command: [sh, -c, 'trap "echo no" TERM; while :; do sleep 0.05; done']}]
`;

/** It takes its time to end, and has a sidecar that serves it until then. */
const SLOW = `apiVersion: v1
kind: Pod
metadata: {name: slow}
spec:
  terminationGracePeriodSeconds: 3600
  initContainers:
  - {name: side, image: busybox, restartPolicy: Always, command: [sh, -c, 'trap "echo asked; exit" TERM; while :; do sleep 0.05; done']}
  containers:
  - name: w
    image: busybox
    command: [sh, -c, 'trap "echo asked; until [ -e /host/go ]; do sleep 0.05; done; echo ended; exit" TERM; while :; do sleep 0.05; done']
    volumeMounts: [{name: v, mountPath: /host}]
  volumes: [{name: v, hostPath: {path: /tmp}}]
`;

const cron = (name: string, command: string[], more: object = {}) =>
  JSON.stringify({
    ...{ apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name } },
    spec: {
      schedule: '@every 1s',
      jobTemplate: {
        spec: {
          ...more,
          template: {
            spec: {
              restartPolicy: 'Never',
              terminationGracePeriodSeconds: 0,
              containers: [{ name: 'w', image: 'busybox', command }],
            },
          },
        },
      },
    },
  });

if (requires(t, 'root', 'ip', 'nft', 'busybox')) {
  t.test('up returns while an init container waits, and down ends it', (t) =>
    onFreshHost(t, async (host) => {
      const { must, nslab } = host;
      t.match(await nslab(['up', '-d', '-f', '-'], { input: WAITING }), { status: 0, stdout: 'web\n' });
      t.match(await must(['ps']), /web +pause +0\/1 +Init:0\/1 /, 'ps says what it waits for');
      t.match(await must(['ps']), /web +w +0\/1 +PodInitializing /);
      await until(async () => (await must(['logs', 'web/first'])) === 'I wait\n');
      t.match(await nslab(['exec', 'web', 'true']), { status: 125, stderr: /not running/ }, 'not begun');
      const memory = await host.sh('grep ^Pss: /proc/$(pgrep -x supervisor)/smaps_rollup');
      t.ok(Number(/\d+/.exec(memory)?.[0]) <= 100, `a supervisor takes at most 100 kB: ${memory.trim()}`);
      t.equal(await must(['down', 'web']), 'web\n');
      t.equal(await must(['ps', '-aq']), '');

      await must(['up', '-d', '-f', '-'], { input: WAITING });
      const waiting = host.host.spawn([...host.argv, 'up', '--wait', '-f', '-'], { input: WAITING });
      await tell(host, 'web/first', '/v/go');
      t.match(await waiting.result, { status: 0 }, '--wait returns when it is ready (control)');
      t.match(await must(['ps', '-a']), /web +pause +1\/1 +Running /);
      t.match(await inspected(host, 'web/first'), { state: 'Completed', exitCode: 0 });
      await eventuallyNo(host, 'supervisor');
      t.equal(await programs(host, 'supervisor'), '', 'when all has begun it is not needed any more');
      await must(['down', 'web']);
    }),
  );

  t.test('--wait gives up in words, and takes nothing down', (t) =>
    onFreshHost(t, async (host) => {
      const waited = await host.nslab(['up', '--wait=1', '-f', '-'], { input: WAITING });
      t.match(waited, {
        status: 1,
        stdout: 'web\n',
        stderr: /pod "web" is not ready after 1 s: Init:0\/1, 0\/1 ready/,
      });
      t.match(await host.must(['ps']), /Init:0\/1/, 'it stands');
      t.match(await host.nslab(['up', '--wait=soon', '-f', '-'], { input: WAITING }), {
        status: 2,
        stderr: /--wait/,
      });
      await host.must(['down', 'web']);
    }),
  );

  t.test('a supervisor that is killed or stopped by hand', (t) =>
    onFreshHost(t, async (host) => {
      const { must, sh } = host;
      await must(['up', '-d', '-f', '-'], { input: WAITING });
      await sh('pkill -9 -x supervisor');
      t.ok(
        await eventually(async () => (await programs(host, 'shim')) === ''),
        'what it had not let go ends',
      );
      t.match(await must(['ps', '-a']), /web +w +0\/1 +NotStarted/);
      await must(['down', 'web']);
      await must(['up', '-d', '-f', '-'], { input: WAITING });
      await sh('pkill -STOP -x supervisor');
      t.equal(await must(['down', 'web']), 'web\n', 'stopped: down does not wait for it for ever');
    }),
  );

  t.test('a grace period keeps no other verb waiting', (t) =>
    onFreshHost(t, async (host) => {
      const { must, nslab } = host;
      await must(['up', '-d', '-f', '-'], { input: DEAF });
      const first = host.host.spawn([...host.argv, 'down', 'deaf']);
      await until(async () => (await must(['logs', 'deaf/w'])).includes('no'));
      t.match(await must(['ps']), /deaf +pause +\S+ +Terminating /);
      t.match(await nslab(['exec', 'deaf', 'true']), { status: 125, stderr: /is being taken down/ });
      t.match(await nslab(['restart', 'deaf']), { status: 1 });
      t.match(
        await nslab(['run', '-d', '--pod', 'deaf', '--name', 'x', '--', 'sleep', '1']),
        { status: 125, stderr: /is being taken down/ },
        'nothing is started in it',
      );
      t.match(await must(['ps', '-q']), /deaf/, 'gc, which all of these have run, leaves it alone');
      t.equal(await must(['down', 'deaf', '--grace', '0']), 'deaf\n', 'a second one hastens both');
      t.match(await first.result, { status: 0, stdout: 'deaf\n' });

      await must(['up', '-d', '-f', '-'], { input: DEAF });
      const stopping = host.host.spawn([...host.argv, 'stop', 'deaf/w']);
      await until(async () => (await must(['logs', 'deaf/w'])).includes('no'));
      t.equal(await must(['kill', 'deaf/w']), 'deaf/w\n', 'kill does not wait for stop');
      t.match(await stopping.result, { status: 0 });
      await must(['down', 'deaf']);

      await must(['up', '-d', '-f', '-'], { input: DEAF });
      const killed = host.host.spawn([...host.argv, 'down', 'deaf']);
      await until(async () => (await must(['logs', 'deaf/w'])).includes('no'));
      killed.signal('SIGKILL');
      await killed.result;
      await must(['gc']);
      t.equal(await must(['ps', '-aq']), '', 'gc finishes what a killed down has begun (control)');
    }),
  );

  t.test('Ctrl-C while down waits: it leaves, and the ending goes on', (t) =>
    onFreshHost(t, async (host) => {
      const { must, nslab, sh } = host;
      for (const finish of [['gc'], ['down', 'slow', '--grace', '0']]) {
        await must(['up', '-d', '--allow-host-path', '-f', '-'], { input: SLOW });
        const down = host.host.spawn([...host.argv, 'down', 'slow']);
        await until(async () => (await must(['logs', 'slow/w'])) === 'asked\n');
        down.signal('SIGINT');
        t.match(await down.result, {
          status: 130,
          stdout: '',
          stderr: /^nslab: interrupted by SIGINT: what still runs was asked to end and goes on ending/,
        });
        t.match(await must(['ps']), /slow +pause +\S+ +Terminating /);
        t.equal(await must(['logs', 'slow/side']), '', 'its sidecar serves it until it has ended');
        if (finish[0] === 'gc') {
          await sh('touch /tmp/go');
          await until(async () => (await must(['logs', 'slow/w'])) === 'asked\nended\n');
          t.pass('it has ended as it wanted, without anybody');
          await sh('rm /tmp/go');
        }
        t.match(await nslab(finish), { status: 0, stdout: /slow/ });
        t.equal(await must(['ps', '-aq']), '');
      }
    }),
  );

  t.test('a Job run by schedule goes when its time has passed, also while another one lasts', (t) =>
    onFreshHost(t, async ({ argv, host, must, sh }) => {
      const goes = cron('goes', ['echo', 'its output'], { ttlSecondsAfterFinished: 0 });
      const lasts = cron('lasts', ['sleep', '4321'], { backoffLimit: 0 });
      const input = `${goes}\n---\n${lasts}`;
      const scheduled = host.spawn([...argv, 'up', '--schedule', '--network', 'none', '-f', '-'], { input });
      const left = () => sh('ls /run/nslab/pods; pgrep -xl "shim|supervisor|pause"; ip netns list');
      let told = '';
      scheduled.child.stdout?.on('data', (text) => (told += text));
      for (const runs of [1, 2]) {
        await until(() => told.split('its output').length > runs);
        await until(async () => (await must(['ps', '-aq'])) === 'lasts\nlasts/w\n');
        t.match(
          await left(),
          /^lasts\n\d+ pause\n\d+ shim\n\d+ supervisor\nlasts\n$/,
          'no record, no process, no namespace',
        );
        await sh('pkill -9 -xf "sleep 4321"');
      }
      scheduled.signal('SIGINT');
      t.equal((await scheduled.result).status, 130);
      t.equal(await sh('ls /run/nslab 2>/dev/null; pgrep -xl "shim|supervisor|pause" || true'), '');
    }),
  );

  t.test('nothing that exec or a workload has started outlives down', (t) =>
    onFreshHost(t, async (host) => {
      const { must, sh } = host;
      const left = () => sh('pgrep -axf "sleep [0-9]+|[^ ]*/shim .*" || true');
      for (const how of ['exec web sleep 4321', 'exec web/w sleep 4321']) {
        await standing(host);
        const exec = host.host.spawn([...host.argv, ...how.split(' ')]);
        await until(async () => (await left()).includes('4321'));
        await must(['down', 'web']);
        t.equal(await left(), '', how);
        t.match(await exec.result, { status: 137 }, 'its status says how it ended');
      }
      await standing(host);
      t.match(await host.nslab(['exec', 'web', 'sh', '-c', 'setsid sleep 4321 & exit 3']), { status: 3 });
      await must([
        'run',
        '-d',
        '--name',
        'h',
        '--pod',
        'web',
        '--',
        'sh',
        '-c',
        'setsid sleep 4322 & sleep 1000',
      ]);
      await until(async () => (await left()).includes('4322'));
      t.match(await left(), '4321', 'as after `docker exec`, what was left behind goes on (control)');
      await must(['down', 'web']);
      t.equal(await left(), '', 'and ends with the pod');
      t.equal(await sh('ip netns list'), '');
    }),
  );
}

async function standing({ must }: KernelHost): Promise<void> {
  await must(['hold', 'web', '--network', 'none']);
  await must(['run', '-d', '--name', 'w', '--pod', 'web', '--pid=host', '--', 'sleep', '1000']);
}

async function programs({ sh }: KernelHost, name: string): Promise<string> {
  return sh(`pgrep -x ${name} || true`);
}

async function eventuallyNo(host: KernelHost, name: string): Promise<void> {
  await until(async () => (await programs(host, name)) === '');
}
