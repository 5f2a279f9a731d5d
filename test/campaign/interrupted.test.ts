import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { eventually, until } from '../eventually.ts';
import { inProcessStarts } from '../process-starts.ts';
import { requires } from '../requires.ts';
import { SIGNALS } from './interrupt.ts';
import { collapsed, leftBehind } from './left-behind.ts';
import { PretendHost } from './pretend-host.ts';
import { nslab } from './program.ts';

// R4, while a verb waits for another process: an init container, a tool, or workloads in the foreground.
const FAKES = fileURLToPath(new URL('fakes', import.meta.url));
const waiting = fileURLToPath(new URL('waiting-pod.yaml', import.meta.url));
const HOST = { uplink: true, tmp: true };

if (requires(t, 'root', 'ip', 'nft', 'busybox')) {
  for (const verb of [['up', '-f', waiting]]) {
    for (const signal of SIGNALS) {
      t.test(`${signal} while an init container runs: ${verb.slice(0, -1).join(' ')}`, async (t) => {
        await using host = await PretendHost.create(HOST);
        const before = await host.snapshot();
        const running = host.spawn([...nslab.argv, ...verb], nslab);
        t.ok(await appears(host, 'sleep 1000'), 'the init container runs');
        t.ok(running.signal(signal));
        const result = await running.result;
        t.equal(result.status, 128 + constants.signals[signal], result.stderr);
        t.match(result.stderr, new RegExp(`^nslab: interrupted by ${signal}`, 'm'));
        t.notMatch(result.stderr, /^\s+at /m, 'no stack trace');
        // Its init container would have run for a quarter of an hour.
        t.equal(result.timedOut, false, 'it did not wait for that');
        t.same(collapsed(await leftBehind(host, before)), [], 'rolled back, without gc');
      });
    }
  }

  t.test('a signal while up --wait waits: it leaves, and the pod stays', async (t) => {
    await using host = await PretendHost.create(HOST);
    const before = await host.snapshot();
    const running = host.spawn([...nslab.argv, 'up', '--wait', '-f', waiting], nslab);
    t.ok(await appears(host, 'sleep 1000'), 'the init container runs');
    t.ok(running.signal('SIGINT'));
    t.match(await running.result, { status: 130, stderr: /^nslab: interrupted by SIGINT: the pods stay$/m });
    t.ok(await appears(host, 'sleep 1000'), 'the init container goes on');
    t.match(await host.run([...nslab.argv, 'down', '--all', '--grace', '0'], nslab), { status: 0 });
    t.same(collapsed(await leftBehind(host, before)), [], 'nothing is left');
  });

  for (const [signal, verb] of [
    ...SIGNALS.map((signal) => [signal, ['hold', 'web', '-p', '8080:80']] as const),
    ['SIGINT', ['lab', 'run', 'shared-network']] as const,
  ]) {
    t.test(`${verb[0]}: a second ${signal} leaves at once, and one gc cleans`, async (t) => {
      await using host = await PretendHost.create(HOST);
      const before = await host.snapshot();
      const env = {
        PATH: `${FAKES}:${process.env.PATH}`,
        FAKE_CALLS: '/tmp/fake',
        NSLAB_DRIVER: 'ip',
        FAKE_IP: 'stuck:3',
      };
      await host.run(['mkdir', '/tmp/fake']);
      const running = host.spawn([...nslab.argv, ...verb], { ...nslab, env });
      t.ok(await appears(host, 'sleep 1000'), 'a tool hangs, and is deaf to TERM');
      running.signal(signal);
      await until(() => noneIsPending(host));
      t.equal(running.child.exitCode, null, 'one alone waits for what was begun');
      t.ok(await runs(host, 'sleep 1000'), 'which still hangs');
      const second = performance.now();
      running.signal(signal);
      t.match(await running.result, { signal, status: 128 + constants.signals[signal] });
      // Not rolled back: it did not even wait for the ten seconds that a tool is given.
      const starts = await inProcessStarts(performance.now() - second);
      t.ok(starts < 25, `it left after the second as soon as ${starts.toFixed(1)} process starts`);
      // The tool had the locks: had it been left behind, whoever comes next would wait for it.
      t.ok(await disappears(host, 'sleep 1000'));
      const gc = await host.run([...nslab.argv, 'gc'], nslab);
      t.match(gc, { status: 0, stdout: /removed pod web(-\w+)?: / });
      await host.run(['rm', '-r', '/tmp/fake']);
      t.same(collapsed(await leftBehind(host, before)), [], 'one gc');
    });
  }

  t.test('killed while a tool is at work: nobody cleans up beside that, and who would is told', async (t) => {
    await using host = await PretendHost.create(HOST);
    const before = await host.snapshot();
    const env = {
      PATH: `${FAKES}:${process.env.PATH}`,
      FAKE_CALLS: '/tmp/fake',
      NSLAB_DRIVER: 'ip',
      FAKE_IP: 'slow:3',
    };
    await host.run(['mkdir', '/tmp/fake']);
    const running = host.spawn([...nslab.argv, 'hold', 'web', '-p', '8080:80'], { ...nslab, env });
    t.ok(await eventually(async () => isThere(host, '/tmp/fake/slow')), 'a tool takes its time');
    running.signal('SIGKILL');
    t.match(await running.result, { signal: 'SIGKILL' });
    const beside = host.spawn([...nslab.argv, 'gc'], nslab);
    let told = '';
    beside.child.stderr?.on('data', (text) => (told += text));
    t.ok(
      await eventually(() => told.includes('nslab: pod "web" is left alone: ')),
      'it does not wait for it',
    );
    // The networks are locked by the tool, too, and for those it waits.
    await host.run(['touch', '/tmp/fake/go']);
    t.match(await beside.result, { status: 0 });
    t.ok(
      await eventually(async () => (await host.run(['pgrep', '-x', 'ip'])).status !== 0),
      'it has done it',
    );
    t.match(await host.run([...nslab.argv, 'gc'], nslab), { status: 0, stdout: /removed pod web: / });
    await host.run(['rm', '-r', '/tmp/fake']);
    t.same(collapsed(await leftBehind(host, before)), [], 'one gc');
  });
}

/** Whether a process with exactly this command line appears, or disappears, within ten seconds. */
async function appears(host: PretendHost, command: string): Promise<boolean> {
  return await eventually(() => runs(host, command));
}

async function disappears(host: PretendHost, command: string): Promise<boolean> {
  return await eventually(async () => !(await runs(host, command)));
}

async function runs(host: PretendHost, command: string): Promise<boolean> {
  return (await host.run(['pgrep', '-xf', command])).status === 0;
}

async function isThere(host: PretendHost, path: string): Promise<boolean> {
  return (await host.run(['test', '-e', path])).status === 0;
}

/** Whether every signal that was sent has been taken by whom it was sent to. */
async function noneIsPending(host: PretendHost): Promise<boolean> {
  const masks = await host.run(['bash', '-c', 'cat /proc/[0-9]*/status 2>/dev/null']);
  return !/^(SigPnd|ShdPnd):\t.*[1-9a-f]/m.test(masks.stdout);
}
