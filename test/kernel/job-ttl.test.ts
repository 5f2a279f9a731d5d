import t from 'tap';
import { eventually, until } from '../eventually.ts';
import { requires } from '../requires.ts';
import { programs } from './ask.ts';
import { inspected } from './evidence.ts';
import { type KernelHost, onFreshHost } from './host.ts';

/** Says where it was loaded, and leaves a file where that is this host. */
const TRAP = `
console.log('loaded');
require('fs').writeFileSync('/run/trapped', process.argv.join(' '));`;

/** Ends when it may, the second one with 3. */
const GATED =
  'until [ -e /v/go ] || [ -e /v/go-$HOSTNAME ]; do sleep 0.05; done; exit $(( JOB_COMPLETION_INDEX * 3 ))';

const TWO = { completions: 2, parallelism: 2, completionMode: 'Indexed', backoffLimitPerIndex: 0 };

const container = (script: string, more: object = {}) => ({
  ...{ name: 'w', image: 'busybox', command: ['sh', '-c', script], ...more },
  volumeMounts: [{ name: 'v', mountPath: '/v' }],
});

const pod = (script: string, more: object = {}) => ({
  spec: {
    ...{ restartPolicy: 'Never', terminationGracePeriodSeconds: 0 },
    containers: [container(script, more)],
    volumes: [{ name: 'v', hostPath: { path: '/tmp/v' } }],
  },
});

const job = (name: string, spec: object, script = GATED) => ({
  ...{ apiVersion: 'batch/v1', kind: 'Job', metadata: { name } },
  spec: { template: pod(script), ...spec },
});

const FLAGS = ['--network', 'none', '--allow-host-path', '-f', '-'];
const input = (...documents: object[]) => ({
  input: documents.map((each) => JSON.stringify(each)).join('\n---\n'),
});

const onHost = (t: import('tap').Test, body: (host: KernelHost) => Promise<void>) =>
  onFreshHost(t, async (host) => {
    await host.sh('mkdir -p /tmp/v');
    await body(host);
    await host.sh('rm -r /tmp/v');
  });

const up = ({ must }: KernelHost, ...documents: object[]) =>
  must(['up', '-d', ...FLAGS], input(...documents));

/** Pods in every state, in the order of their names. */
const pods = async ({ must }: KernelHost) =>
  (await must(['ps', '-aq']))
    .split('\n')
    .filter((name) => name !== '' && !name.includes('/'))
    .sort()
    .join(' ');

const stateOf = async (host: KernelHost, name: string) => (await inspected(host, name)).state;

const supervisors = async ({ sh }: KernelHost) => Number(await sh('pgrep -xc supervisor || true'));

if (requires(t, 'root', 'ip', 'nft', 'busybox')) {
  const { trap } = programs(t, { trap: TRAP });

  t.test('when all pods of a Job have ended they go, however they ended; without a ttl they stay', (t) =>
    onHost(t, async (host) => {
      const { must, sh } = host;
      await up(host, job('stays', TWO), job('goes', { ...TWO, ttlSecondsAfterFinished: 0 }));
      await sh('touch /tmp/v/go-stays-0 /tmp/v/go-stays-1 /tmp/v/go-goes-1');
      t.equal(await must(['wait', 'stays-0', 'stays-1', 'goes-1']), '0\n3\n3\n');
      t.equal(await pods(host), 'goes-0 goes-1 stays-0 stays-1', 'one of them runs: both stay');
      const waits = () => sh(`ls -l /proc/$(pgrep -f 'nslab[.]cjs wait')/fd | grep -c job-failed || true`);
      const { stdout } = await host.host.run([...host.argv, 'wait', 'goes-0'], {
        during: async () => {
          await until(async () => (await waits()) === '1\n');
          await sh('touch /tmp/v/go');
        },
      });
      t.equal(stdout, '0\n', 'who waits for its end sees it');
      t.ok(await eventually(async () => (await pods(host)) === 'stays-0 stays-1'), 'now they go');
      t.equal(await supervisors(host), 0, 'nobody waits for anything');
      await must(['down', '--all']);
    }),
  );

  t.test('the command that takes them down has nothing of the environment of their containers', (t) =>
    onHost(t, async (host) => {
      const { must, sh, nslab } = host;
      const NODE_OPTIONS = `--require ${trap}`;
      const env = [
        { name: 'NODE_OPTIONS', value: NODE_OPTIONS },
        { name: 'LD_PRELOAD', value: '/nothing.so' },
      ];
      const template = pod(`until [ -e /v/go ]; do sleep 0.05; done; node -e 0 > /v/said`, { env });
      const jobTemplate = { spec: { template, ttlSecondsAfterFinished: 0 } };
      const spec = { schedule: '@daily', jobTemplate };
      await up(host, {
        apiVersion: 'batch/v1',
        kind: 'CronJob',
        metadata: { name: 'cron', namespace: 'shop' },
        spec,
      });
      t.equal(await pods(host), 'shop@cron');
      const words = await sh(
        'tr "\\0" "\\n" < /proc/$(pgrep -x supervisor)/cmdline; cat /proc/$(pgrep -x supervisor)/environ',
      );
      t.match(
        words,
        /\nttl\n0\n\d+\n\d+\n\/.*\n\/.*\/nslab\.cjs\n--state-dir\n\/run\/nslab\ndown\n--finished\n/,
      );
      t.notMatch(words, /NODE_OPTIONS|LD_PRELOAD/);
      await sh('touch /tmp/v/go');
      t.ok(await eventually(async () => (await pods(host)) === ''), 'it was run');
      t.equal(await sh('cat /tmp/v/said'), 'loaded\n', 'the container itself has loaded it (control)');
      t.equal(
        await sh('cat /run/trapped 2>/dev/null || echo none'),
        'none\n',
        'and nothing on this host has',
      );
      await nslab(['down', '--finished', 'x', 'shop@cron'], { env: { NODE_OPTIONS } });
      t.match(await sh('cat /run/trapped; rm /run/trapped'), /nslab\.cjs/, 'by hand it would (control)');
      t.equal((await nslab(['down', '--finished', 'x'])).status, 2);
      await must(['gc']);
    }),
  );

  t.test(
    'it is the kernel that counts the time; and only what is the same pod and still has ended goes',
    (t) =>
      onHost(t, async (host) => {
        const { must, sh } = host;
        const hour = { ...TWO, ttlSecondsAfterFinished: 3600 };
        const timers = 'cat /proc/$(pgrep -xo supervisor)/fdinfo/* | grep -A3 "^clockid: 7" || true';
        await up(
          host,
          job('job', hour),
          job('other', hour),
          job('soon', { ...TWO, ttlSecondsAfterFinished: 1 }),
        );
        t.equal(await sh(timers), '', 'not while it runs');
        await sh('touch /tmp/v/go');
        await must(['wait', 'job-0', 'job-1', 'other-0', 'other-1']);
        t.ok(await eventually(async () => /it_value: \(3[56]\d\d,/.test(await sh(timers))), 'an hour');
        t.ok(await eventually(async () => (await pods(host)) === 'job-0 job-1 other-0 other-1'), 'a second');
        t.equal(await supervisors(host), 4);

        const uid = JSON.parse(await sh('cat /run/nslab/pods/job-0/intent.json')).uid as string;
        const finished = (name: string, of = uid) => must(['down', '--finished', of, name]);
        await sh('rm /tmp/v/go');
        await must(['restart', 'job-1']);
        await finished('job-0');
        t.equal(await pods(host), 'job-0 job-1 other-0 other-1', 'one runs again');
        t.equal(await stateOf(host, 'job-1'), 'Running');
        await sh('touch /tmp/v/go');
        await must(['wait', 'job-1']);
        await finished('job-1');
        t.equal(await pods(host), 'job-0 job-1 other-0 other-1', 'not with the uid of another pod');
        await finished('job-0');
        t.equal(await pods(host), 'other-0 other-1', 'they have ended, and it is theirs (control)');

        await must(['down', 'other-0']);
        t.equal(await pods(host), 'other-1');
        t.equal(await supervisors(host), 1, 'the other one still waits');
        await must(['down', 'other-1']);
      }),
  );

  t.test('one supervisor that lives is enough; without any the pods stay', (t) =>
    onHost(t, async (host) => {
      const { must, sh } = host;
      await up(host, job('job', { ...TWO, ttlSecondsAfterFinished: 0 }));
      await sh('pkill -9 -xo supervisor; touch /tmp/v/go');
      t.ok(await eventually(async () => (await pods(host)) === ''), 'the second one did it');
      await sh('rm /tmp/v/go');
      await up(host, job('job', { ...TWO, ttlSecondsAfterFinished: 0 }));
      await sh('pkill -9 -x supervisor; touch /tmp/v/go');
      t.equal(await must(['wait', 'job-0', 'job-1']), '0\n3\n');
      t.equal(
        await sh('pgrep -x "supervisor|shim" || echo none'),
        'none\n',
        'nobody is there who could (control)',
      );
      t.equal(await pods(host), 'job-0 job-1');
      await must(['down', '--all']);
    }),
  );

  t.test('restarted meanwhile, the time begins anew; --wait sees the end of what goes at once', (t) =>
    onHost(t, async (host) => {
      const { must, sh, nslab } = host;
      await up(host, job('job', { backoffLimit: 0, ttlSecondsAfterFinished: 3600 }, 'exit 3'));
      await must(['wait', 'job']);
      const failed = async () => (await stateOf(host, 'job')) === 'Error (3)';
      await until(async () => (await sh('ls -l /proc/$(pgrep -x supervisor)/fd')).includes('timerfd'));
      await must(['restart', 'job']);
      t.ok(await eventually(failed), 'what was said of the Job when it failed does not end it again');
      t.not((await inspected<{ note: string }>(host, 'job/w')).note, 'the Job has failed');
      await must(['down', 'job']);

      for (const [script, status] of [
        ['exit 0', 0],
        ['exit 3', 1],
      ] as const) {
        const document = job('now', { backoffLimit: 0, ttlSecondsAfterFinished: 0 }, script);
        const result = await nslab(['up', '--wait', ...FLAGS], input(document));
        t.equal(result.status, status, result.stderr);
        t.ok(await eventually(async () => (await pods(host)) === ''));
      }
    }),
  );

  t.test('in the foreground they go before the command ends, when their output is printed', (t) =>
    onHost(t, async (host) => {
      const { nslab, sh } = host;
      const documents = [
        job('goes', { backoffLimit: 0, ttlSecondsAfterFinished: 0 }, 'echo its last words; exit 3'),
        job('stays', {}, 'echo stays'),
        {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: 'runs' },
          ...pod('until [ -e /v/go ]; do sleep 0.05; done'),
        },
      ];
      const running = nslab(['up', ...FLAGS], input(...documents));
      t.ok(
        await eventually(async () => (await pods(host)) === 'runs stays'),
        'the other Job has no ttl (control)',
      );
      await sh('touch /tmp/v/go');
      const { status, stdout, stderr } = await running;
      t.match(stdout, /goes\/w +\S* ?its last words/);
      t.match(stderr, /taking down goes: the Job has finished/);
      t.match(stderr, /taking down stays, runs/);
      t.equal(status, 1, 'it had failed');
    }),
  );
}
