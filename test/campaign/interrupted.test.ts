import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { requires } from '../requires.ts';
import { SIGNALS } from './interrupt.ts';
import { collapsed, leftBehind } from './left-behind.ts';
import { PretendHost, type Running } from './pretend-host.ts';
import { nslab } from './program.ts';

// R4, while a verb waits for another process: an init container, a tool, or workloads in the foreground.
const FAKES = fileURLToPath(new URL('fakes', import.meta.url));
const waiting = fileURLToPath(new URL('waiting-pod.yaml', import.meta.url));
const HOST = { uplink: true, tmp: true };

if (requires(t, 'root', 'ip', 'nft', 'busybox')) {
  t.setTimeout(5 * 60_000);

  for (const verb of [
    ['up', '-f', waiting],
    ['up', '-d', '-f', waiting],
  ]) {
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
        t.ok(result.ms < 15_000, `${Math.round(result.ms)} ms`);
        t.same(collapsed(await leftBehind(host, before)), [], 'rolled back, without gc');
      });
    }
  }

  for (const signal of SIGNALS) {
    t.test(`a second ${signal} leaves at once, and one gc cleans`, async (t) => {
      await using host = await PretendHost.create(HOST);
      const before = await host.snapshot();
      const env = {
        PATH: `${FAKES}:${process.env.PATH}`,
        FAKE_CALLS: '/tmp/fake',
        NSLAB_DRIVER: 'ip',
        FAKE_IP: 'stuck:3',
      };
      await host.run(['mkdir', '/tmp/fake']);
      const running = host.spawn([...nslab.argv, 'hold', 'web', '-p', '8080:80'], { ...nslab, env });
      t.ok(await appears(host, 'sleep 1000'), 'a tool hangs, and is deaf to TERM');
      running.signal(signal);
      t.equal(await endsWithin(running, 300), false, 'one alone waits for what was begun');
      const second = performance.now();
      running.signal(signal);
      t.match(await running.result, { signal, status: 128 + constants.signals[signal] });
      const took = Math.round(performance.now() - second);
      t.ok(took < 1000, `it left ${took} ms after the second`);
      // The tool inherited the locks: if it were left behind, the next verb would wait for it.
      t.ok(await disappears(host, 'sleep 1000'));
      const gc = await host.run([...nslab.argv, 'gc'], nslab);
      t.match(gc, { status: 0, stdout: /removed pod web: / });
      t.ok(gc.ms < 3000, `gc took ${Math.round(gc.ms)} ms`);
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
    t.ok(await appears(host, 'sleep 2'), 'a tool takes its time');
    running.signal('SIGKILL');
    t.match(await running.result, { signal: 'SIGKILL' });
    const beside = await host.run([...nslab.argv, 'gc'], nslab);
    t.match(beside, { status: 0, stderr: 'nslab: pod "web" is left alone: ' });
    t.ok(await disappears(host, 'sleep 2'));
    await sleep(500);
    t.match(await host.run([...nslab.argv, 'gc'], nslab), { status: 0, stdout: /removed pod web: / });
    await host.run(['rm', '-r', '/tmp/fake']);
    t.same(collapsed(await leftBehind(host, before)), [], 'one gc');
  });
}

/** Whether a process with exactly this command line appears, or disappears, within ten seconds. */
async function appears(host: PretendHost, command: string): Promise<boolean> {
  return await becomes(host, command, true);
}

async function disappears(host: PretendHost, command: string): Promise<boolean> {
  return await becomes(host, command, false);
}

async function becomes(host: PretendHost, command: string, wanted: boolean): Promise<boolean> {
  const deadline = performance.now() + 10_000;
  const script =
    'for f in /proc/[0-9]*/cmdline; do [ "$(tr "\\0" " " 2>/dev/null < $f)" = "$1 " ] && exit 0; done; exit 1';
  while (performance.now() < deadline) {
    const { status } = await host.run(['bash', '-c', script, '-', command]);
    if ((status === 0) === wanted) return true;
    await sleep(25);
  }
  return false;
}

async function endsWithin({ result }: Running, ms: number): Promise<boolean> {
  return await Promise.race([result.then(() => true), sleep(ms, false)]);
}
