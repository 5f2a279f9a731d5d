/** A program that uses the library: node pod-probe.mjs WHAT, in a pretend host. Run by pod.test.ts. */
import { once } from 'node:events';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { Network, type OperationError, Pod, type Workload } from '../../src/index.ts';
import { runs } from '../../src/sys/known-process.ts';
import { until } from '../eventually.ts';

const print = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);
const codeOf = (wanted: Promise<unknown>) =>
  wanted.then(
    () => 'done',
    (error: OperationError) => error.code,
  );
const codeOfCall = (call: () => unknown) => codeOf((async () => call())());
/** Whether something is this process's to undo, should it be killed. */
const isAtWork = () => existsSync('/run/nslab/unfinished');
const sh = (script: string) => ['sh', '-c', script];

async function lines(log: AsyncIterable<string>, enough = Number.POSITIVE_INFINITY): Promise<string[]> {
  const found: string[] = [];
  for await (const line of log) if (found.push(line) >= enough) break;
  return found;
}

function* endless() {
  for (;;) yield 'more\n';
}

function* broken() {
  yield 'more\n';
  throw new RangeError('of the program');
}

const MANIFEST = (name: string, command: readonly string[]) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox', command }] },
});

const PROGRAMS: Record<string, () => Promise<void>> = {
  async handles() {
    await using pod = await Pod.create({ name: 'web', network: 'none' });
    const w = await pod.run({
      name: 'w',
      command: sh('trap "echo bye; exit 3" TERM; seq 5; while :; do sleep 0.05; done'),
    });
    const first = await lines(w.logs({ follow: true }), 5);
    const running = w.status();
    const names = pod.workloads().map(({ name }) => name);
    const refused = await codeOf(w.remove());
    const stopped = await w.stop({ grace: '1m' });
    const log = await lines(w.logs());
    const tail = await lines(w.logs({ tail: 2 }));
    const asleep = [w.pid ?? null, await codeOf(w.kill()), await w.wait()];
    await w.restart();
    const again = w.status().state;
    await lines(w.logs({ follow: true }), 11);
    const ends = lines(w.logs({ follow: true }));
    await w.kill('TERM');
    const killed = [await w.wait(), (await ends).length];
    await w.remove();
    const removed = await Promise.all(
      [
        () => w.status(),
        () => w.stop(),
        () => w.kill(),
        () => w.restart(),
        () => w.wait(),
        () => w.logs(),
        () => w.exec(['true']),
      ].map(codeOfCall),
    );
    const v = await pod.run({ name: 'v', command: ['sleep', '1000'] });
    const waited = await codeOf(v.wait({ timeout: 0.05 }));
    const aborted = await codeOf(lines(v.logs({ follow: true, signal: AbortSignal.timeout(50) })));
    await v.remove({ force: true });
    print({
      ...{ first, names, refused, running: running.state, stopped, log: log.slice(-1), tail, asleep, again },
      ...{ killed, removed, waited, aborted, left: pod.workloads().length },
    });
  },

  async commands() {
    await using pod = await Pod.create({ name: 'web', network: 'none', hostname: 'www' });
    const w = await pod.run({ name: 'w', command: ['sleep', '1000'], env: { COLOUR: 'red' } });
    const said = async (...[command, options]: Parameters<Pod['exec']>) =>
      (await pod.exec(command, options)).stdout;
    const whole = await said(sh('echo $COLOUR $SIZE; pwd; id -u; cat'), {
      ...{ workload: 'w', env: { SIZE: 'big' }, cwd: '/tmp', user: 'nobody', stdin: 'in\n' },
    });
    const deaf = await pod.exec(['true'], { stdin: 'x'.repeat(1 << 20) });
    const fed = (await pod.exec(['head', '-n', '2'], { stdin: Readable.from(endless()) })).stdout;
    const source = await pod.exec(['cat'], { stdin: Readable.from(broken()) }).catch((error) => error.name);
    const terminal = await said(sh('test -t 0 && test -t 1 && echo terminal'), { tty: true, stdin: '' });
    const plain = await said(sh('test -t 1 || echo none'));
    const timedOut = await pod
      .exec(['sleep', '1000'], { timeout: '200ms' })
      .catch((error) => [error.name, error.code, error.message]);
    const deserted = await codeOf(pod.exec(sh('sleep 1000 &'), { timeout: '200ms' }));
    const early = await codeOf(pod.exec(['true'], { signal: AbortSignal.abort('why') }));

    const cat = await w.spawn(['cat']);
    cat.stdin.write('there\n');
    const [echo] = await once(cat.stdout, 'data');
    cat.stdin.end();
    const ended = await cat.exit;
    const sleeper = await pod.spawn(['sleep', '1000']);
    sleeper.kill();
    const termed = await sleeper.exit;

    const control = new AbortController();
    const family = await pod.spawn(sh('sleep 1000 & echo $! $$; wait'), { signal: control.signal });
    const [pids] = (await once(createInterface(family.stdout), 'line')) as [string];
    control.abort(new Error('enough'));
    const { name, code, cause } = await family.exit.then(
      () => ({}),
      (error) => error,
    );
    const both = pids.split(' ').map(Number);
    await until(() => !both.some(runs));
    print({
      whole,
      deaf: deaf.status,
      fed,
      source,
      terminal: terminal.trim(),
      plain,
      timedOut,
      early,
      deserted,
      echo: String(echo),
      ended,
      termed,
      abort: [name, code, cause?.message],
      family: both.length,
    });
  },

  /** What one program gives away another has; a pod of the same name that is made later is another pod. */
  async attached() {
    const made = await Pod.create({ name: 'web', network: 'none' });
    await made.run({ name: 'mine', command: ['sleep', '1000'] });
    await made.workload('mine').restart();
    const work = [isAtWork()];
    await made.detach();
    const after = (await made.exec(['hostname'])).stdout.trim();
    const late = await made.run({ name: 'late', command: ['sleep', '1000'] });
    const found = await Pod.get('web');
    await found.run({ name: 'theirs', command: ['sleep', '1000'] });
    work.push(isAtWork());
    const listed = (await Pod.list()).map((pod) => [pod.name, pod.pid === made.pid, pod.workloads().length]);
    await (await Pod.get('web'))[Symbol.asyncDispose]();
    const { state } = found.inspect();
    await made.destroy();
    await made.destroy();
    const calls = (pod: Pod, workload: Workload) =>
      [
        () => pod.run({ name: 'x', command: ['true'] }),
        () => pod.exec(['true']),
        () => pod.spawn(['true']),
        () => pod.workload('mine'),
        () => pod.workloads(),
        () => pod.matrix(),
        () => pod.inspect(),
        () => pod.detach(),
        () => pod.waitUntilReady(),
        () => workload.status(),
        () => workload.restart(),
        () => workload.logs(),
      ].map(codeOfCall);
    const destroyed = await Promise.all(calls(made, late));
    const sentence = await made.exec(['true']).catch((error) => error.message);
    await using other = await Pod.create({ name: 'web', network: 'none' });
    const gone = await Promise.all(calls(found, late).slice(0, 9));
    await found.destroy();
    print({ work, after, listed, state, destroyed, sentence, gone, other: other.inspect().state });
  },

  async networks() {
    await using lan = await Network.create({ name: 'lan', subnet: '10.77.0.0/24' });
    await using pod = await Pod.create({ name: 'web', network: lan, ports: ['8080:80'] });
    const found = await Network.get('lan');
    const inUse = await found.destroy().catch((error) => [error.code, error.message]);
    const listed = (await Network.list()).map(({ name }) => name);
    const taken = [
      await codeOf(Network.create({ name: 'lan' })),
      await codeOf(Pod.create({ name: 'web' })),
      await codeOf(Pod.create({ name: 'other', network: 'lan', ip: pod.address })),
      await codeOf(Pod.create({ name: 'other', network: 'lan', ports: ['8080:81'] })),
      await codeOf(Pod.create({ name: 'other', network: 'wan' })),
    ];
    const { pods } = lan.inspect();
    await pod.destroy();
    await found.destroy();
    await lan.destroy();
    const after = [
      await codeOfCall(() => lan.inspect()),
      await codeOfCall(() => lan.detach()),
      await codeOf(Network.get('lan')),
    ];
    const kept = await Network.create({ name: 'kept' });
    await kept.detach();
    await kept[Symbol.asyncDispose]();
    await using again = await Network.get('kept');
    const still = (await Network.list()).length;
    await again.destroy();
    const work = [isAtWork()];
    const lent = await Network.create({ name: 'lent', onDemand: true });
    work.push(isAtWork());
    await lent.detach();
    work.push(isAtWork());
    await lent.destroy();
    print({ inUse, listed, taken, pods, after, still, work });
  },

  async manifests() {
    const warnings: string[] = [];
    const text = `${JSON.stringify(MANIFEST('one', sh('echo up; while :; do sleep 0.1; done')))}`;
    await using one = await Pod.fromManifest(text, { network: 'none', warn: (line) => warnings.push(line) });
    await one.waitUntilReady({ timeout: '10m' });
    const [line] = await lines(one.workload('c').logs({ follow: true }), 1);
    const inside = (await one.exec(['cat', '/proc/1/comm'])).stdout.trim();
    const several = [MANIFEST('two', ['sleep', '1000']), MANIFEST('three', ['true'])];
    const refused = await Pod.fromManifest(several).catch((error) => [error.code, error.hint]);
    const pods = await Pod.manyFromManifest(several, { network: 'none' });
    await Promise.all(pods.map((pod) => pod.waitUntilReady()));
    await pods[1]?.workload('c').wait();
    const states = pods.map((pod) => pod.inspect().state);
    await Pod.destroyMany(pods);
    mkdirSync('/tmp/manifests');
    const file = MANIFEST('four', ['true']);
    Object.assign(file.spec, { initContainers: [{ name: 'i', image: 'busybox', command: ['false'] }] });
    writeFileSync('/tmp/manifests/four.json', JSON.stringify(file));
    const four = await Pod.fromManifest(pathToFileURL('/tmp/manifests/four.json'), { network: 'none' });
    const failed = await codeOf(four.waitUntilReady());
    rmSync('/tmp/manifests', { recursive: true });
    await four.detach();
    const names = (await Pod.list()).map(({ name }) => name);
    await (await Pod.get('four')).destroy();
    const broken = await codeOf(Pod.fromManifest({ ...several[0], kind: 'Pdo' }));
    print({ warnings, line, inside, refused, states, failed, names, broken });
  },
};

await PROGRAMS[process.argv[2] ?? '']?.();
