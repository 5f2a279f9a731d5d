import t from 'tap';
import { eventually, until } from '../eventually.ts';
import { requires } from '../requires.ts';
import { inspected, pidOf } from './evidence.ts';
import { type KernelHost, onFreshHost } from './host.ts';

/**
 * What each pod of a Job does: it writes down how many run, with itself, and ends when it may. A directory each, so that
 * nobody's count is lost.
 */
const COUNTS = [
  'mkdir /v/running/$HOSTNAME',
  'ls /v/running | wc -l >> /v/counts',
  'until [ -e /v/go ] || [ -e /v/go-$HOSTNAME ]; do sleep 0.05; done',
  'rmdir /v/running/$HOSTNAME',
].join('; ');

/** The first one runs until it is asked to end; the others fail. */
const TWO_FAIL = [
  'if [ $JOB_COMPLETION_INDEX = 1 ] || [ $JOB_COMPLETION_INDEX = 2 ]; then printf x >> /v/failures; exit 3; fi',
  'trap "printf $HOSTNAME >> /v/ended; exit 0" TERM',
  'until false; do sleep 0.05; done',
].join('; ');

if (requires(t, 'root', 'ip', 'nft', 'busybox')) {
  t.test('completions 4, parallelism 2: two run, and the next begins when one has ended', (t) =>
    onFreshHost(t, async (host) => {
      const { must, sh } = host;
      await up(host, 'job', { completions: 4, parallelism: 2 });
      t.ok(await eventually(async () => (await running(host)).length === 2), 'two run');
      t.same(await states(host, 'job', 4), ['Running', 'Running', 'Pending', 'Pending']);
      t.match(await must(['ps']), /job-2 +w +0\/1 +PodInitializing /);
      await sh('touch /tmp/v/go-job-1');
      t.ok(
        await eventually(async () => (await running(host)).includes('job-2')),
        'one ended, the next begins',
      );
      t.same(await states(host, 'job', 4), ['Running', 'Completed', 'Running', 'Pending']);

      await must(['down', 'job-3']);
      await up(host, 'job', { completions: 4, parallelism: 2 });
      t.equal((await states(host, 'job', 4))[3], 'Pending', 'made again it waits for those that are there');
      await must(['down', 'job-0', '--grace', '0']);
      t.ok(await eventually(async () => (await running(host)).includes('job-3')), 'one was taken down');
      await sh('touch /tmp/v/go');
      for (const pod of ['job-2', 'job-3']) t.equal(await must(['wait', `${pod}/w`]), '0\n');
      t.equal(await most(host), 3, 'job-0 was killed before it had written that it ends: two, and its sign');
      await must(['down', '--all']);
      await sh('rm -r /tmp/v');

      await up(host, 'wide', { completions: 4, parallelism: 4 });
      t.ok(await eventually(async () => (await most(host)) === 4), 'four together are counted (control)');
      await must(['down', '--all', '--grace', '0']);
      await sh('rm -r /tmp/v');
    }),
  );

  t.test('never more than parallelism, when all are in a hurry', (t) =>
    onFreshHost(t, async (host) => {
      await host.sh('mkdir -p /tmp/v/running; touch /tmp/v/go');
      await up(host, 'fast', { completions: 8, parallelism: 2, completionMode: 'Indexed' });
      for (let n = 0; n < 8; n++) t.equal(await host.must(['wait', `fast-${n}/w`]), '0\n', `fast-${n}`);
      t.ok((await most(host)) <= 2);
      await host.must(['down', '--all']);
      await host.sh('rm -r /tmp/v');
    }),
  );

  t.test('one that has failed for good fails the Job; with backoffLimitPerIndex only itself', (t) =>
    onFreshHost(t, async (host) => {
      const failing = 'exit 3';
      const alone = { completions: 3, parallelism: 1, completionMode: 'Indexed', template: pod(failing) };
      await up(host, 'one', { ...alone, backoffLimit: 0 });
      t.ok(await eventually(async () => (await states(host, 'one', 3))[2] === 'NotStarted'), 'the last');
      t.same(await states(host, 'one', 3), ['Error (3)', 'NotStarted', 'NotStarted']);
      await up(host, 'each', { ...alone, backoffLimitPerIndex: 0 });
      t.ok(
        await eventually(async () => (await states(host, 'each', 3))[2] === 'Error (3)'),
        'each (control)',
      );
      await host.must(['down', '--all']);
      await host.sh('rm -r /tmp/v');
    }),
  );

  t.test('backoffLimit counts the failures of all pods: then what runs is ended, and nothing begins', (t) =>
    onFreshHost(t, async (host) => {
      const { must, sh } = host;
      const job = { completions: 4, parallelism: 3, completionMode: 'Indexed', template: pod(TWO_FAIL) };
      const failures = async () => (await sh('cat /tmp/v/failures')).length;
      const counted = () => sh('cd /run/nslab/pods; stat -c "%h %s" job-0/job-failures');
      await up(host, 'job', { ...job, backoffLimit: 3 });
      t.ok(await eventually(async () => (await states(host, 'job', 4))[0] === 'Completed'), 'it was ended');
      t.equal(await sh('cat /tmp/v/ended'), 'job-0', 'by TERM');
      t.equal((await inspected<{ note: string }>(host, 'job-0/w')).note, 'the Job has failed');
      t.same(await states(host, 'job', 4), ['Completed', 'Error (3)', 'Error (3)', 'NotStarted']);
      t.equal(await failures(), 4, 'one more than the limit');
      t.match(await must(['gc']), /^$/, 'all of it is on record');
      t.equal(await counted(), '4 5\n', 'four pods have one file: a byte for each, after the first');
      await must(['down', 'job-1']);
      t.equal(await counted(), '3 5\n', 'it goes with the last one');
      await must(['down', '--all']);
      await sh('rm -r /tmp/v');

      await up(host, 'job', { ...job, backoffLimit: 4 });
      t.ok(await eventually(async () => (await failures()) === 4), 'made again it counts anew');
      const going = ['Running', 'CrashLoopBackOff', 'CrashLoopBackOff', 'Pending'];
      t.ok(
        await eventually(async () => `${await states(host, 'job', 4)}` === `${going}`),
        'not yet (control)',
      );
      await must(['down', 'job-2', '--grace', '0']);
      await up(host, 'job', { ...job, backoffLimit: 4 });
      t.ok(await eventually(async () => (await states(host, 'job', 4))[0] === 'Completed'), 'the fifth');
      t.equal(await failures(), 5, 'a pod that is made again joins the Job that runs');
      await must(['down', '--all']);
      await sh('rm -r /tmp/v');

      await up(host, 'job', { ...job, backoffLimitPerIndex: 1 });
      const alone = ['Running', 'Error (3)', 'Error (3)', 'Running'];
      t.ok(await eventually(async () => `${await states(host, 'job', 4)}` === `${alone}`), 'each (control)');
      await must(['down', '--all']);
      await sh('rm -r /tmp/v');
    }),
  );

  t.test('a Job that fails before all of its pods are made keeps their records', (t) =>
    onFreshHost(t, async (host) => {
      await up(host, 'job', { completions: 6, parallelism: 6, backoffLimit: 0, template: pod('exit 3') });
      const ended = async () =>
        (await states(host, 'job', 6)).every((state) => /^(Error|NotStarted)/.test(state));
      t.ok(await eventually(ended));
      t.match(await host.must(['gc']), /^$/);
      t.ok((await states(host, 'job', 6)).includes('Error (3)'));
      await host.must(['down', '--all']);
      await host.sh('rm -r /tmp/v');
    }),
  );

  t.test('podFailurePolicy: by exit status a failure is not counted, or final, or fails the Job', (t) =>
    onFreshHost(t, async (host) => {
      const { sh } = host;
      const rule = (action: string, values: number[], operator = 'In') => ({
        action,
        onExitCodes: { operator, values },
      });
      const once = (status: number) =>
        `[ -e /v/$HOSTNAME ] && exit 0; echo > /v/$HOSTNAME; [ $JOB_COMPLETION_INDEX = 0 ] && exit ${status}; exit 0`;
      const job = (name: string, rules: object[], more: object) =>
        up(host, name, {
          ...{ completions: 2, parallelism: 1, completionMode: 'Indexed', ...more },
          ...{ podFailurePolicy: { rules }, template: pod(once(42)) },
        });
      const end = async (name: string, wanted: string[]) => {
        const isSo = async () => `${await states(host, name, 2)}` === `${wanted}`;
        t.ok(await eventually(isSo), `${name}: ${wanted}`);
      };
      await job('ignored', [rule('Ignore', [42])], { backoffLimit: 0 });
      await job('counted', [rule('Ignore', [41])], { backoffLimit: 0 });
      await job('final', [rule('FailJob', [42])], {});
      await job('index', [rule('FailIndex', [0, 7], 'NotIn')], { backoffLimitPerIndex: 3 });
      await job('first', [rule('Count', [42]), rule('FailJob', [42])], { backoffLimit: 1 });
      await end('ignored', ['Completed', 'Completed']);
      await end('counted', ['Error (42)', 'NotStarted']);
      await end('final', ['Error (42)', 'NotStarted']);
      await end('index', ['Error (42)', 'Completed']);
      await end('first', ['Completed', 'Completed']);
      await host.must(['down', '--all']);
      await sh('rm -r /tmp/v');
    }),
  );

  t.test(
    'a turn is over however the pod ends, and of what waits nothing begins while all are taken down',
    (t) =>
      onFreshHost(t, async (host) => {
        const { must, sh } = host;
        await up(host, 'job', { completions: 5, parallelism: 1, backoffLimit: 0 });
        await until(async () => (await running(host)).length === 1);
        await sh(`kill -9 $(ps -o ppid= -p ${await pidOf(host, 'job-0/w')})`);
        t.ok(await eventually(async () => (await running(host)).includes('job-1')), 'a shim killed by hand');
        await sh('pkill -9 -x supervisor -o');
        t.ok(
          await eventually(async () => (await states(host, 'job', 3))[2] === 'NotStarted'),
          'a supervisor',
        );
        await sh('touch /tmp/v/go-job-1');
        t.ok(
          await eventually(async () => (await running(host)).includes('job-3')),
          'nobody waits for that one',
        );
        const before = await sh('cat /tmp/v/counts');
        t.equal(await must(['down', '--all', '--grace', '0']), 'job-0\njob-1\njob-2\njob-3\njob-4\n');
        t.equal(await sh('cat /tmp/v/counts'), before, 'job-4 has not begun');
        await sh('rm -r /tmp/v');
      }),
  );
}

const pod = (script: string) => ({
  spec: {
    restartPolicy: 'Never',
    containers: [
      {
        ...{ name: 'w', image: 'busybox', command: ['sh', '-c', script] },
        volumeMounts: [{ name: 'v', mountPath: '/v' }],
      },
    ],
    volumes: [{ name: 'v', hostPath: { path: '/tmp/v' } }],
  },
});

async function up({ must, sh }: KernelHost, name: string, spec: object): Promise<void> {
  await sh('mkdir -p /tmp/v/running');
  const job = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name },
    spec: { template: pod(COUNTS), ...spec },
  };
  await must(['up', '-d', '--network', 'none', '--allow-host-path', '-f', '-'], {
    input: JSON.stringify(job),
  });
}

async function states(host: KernelHost, job: string, pods: number): Promise<string[]> {
  const all = Array.from({ length: pods }, (_, n) => inspected(host, `${job}-${n}`));
  return (await Promise.all(all)).map(({ state }) => state);
}

async function running({ sh }: KernelHost): Promise<string[]> {
  return (await sh('ls /tmp/v/running')).split('\n').filter(Boolean);
}

/** How many ran together at most. */
async function most({ sh }: KernelHost): Promise<number> {
  return Math.max(...(await sh('cat /tmp/v/counts')).split('\n').map(Number));
}
