import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { randomNumbers } from '../campaign/random.ts';
import { until } from '../eventually.ts';
import { processStart } from '../process-starts.ts';
import { requires } from '../requires.ts';
import { inspected, listed } from './evidence.ts';
import { type KernelHost, onFreshHost, withStateDir } from './host.ts';
import { ABSENT, ACTIONS, type Action, EXPECTED, type Pod, sweeps, swept } from './model.ts';

const FULL = process.env.NSLAB_CAMPAIGN !== undefined;
const SEQUENCES = Number(process.env.NSLAB_SEQUENCES ?? (FULL ? 200 : 4));
const STEPS = FULL ? 30 : 12;
/** Moments are counted in what a process start costs here. */
const START = await processStart();
const SEED = Number(process.env.NSLAB_SEED ?? randomInt(2 ** 30));
const NAMES = ['a', 'b', 'c'] as const;

type Name = (typeof NAMES)[number];
type Model = Record<Name, Pod>;

const manifest = (name: string) => `apiVersion: v1
kind: Pod
metadata: { name: ${name} }
spec: { containers: [{ name: w, image: busybox, command: [sleep, '1000'] }] }`;

/** One of the three has a name that is a mount. */
const nameFor = (pod: string) => (pod === 'b' ? ['--netns', 'attach'] : []);

const ARGUMENTS: Readonly<Record<string, (pod: string) => readonly string[]>> = {
  hold: (pod) => ['hold', pod, ...nameFor(pod)],
  up: (pod) => ['up', '-d', '-f', '-', ...nameFor(pod)],
  run: (pod) => ['run', '-d', '--name', 'w', '--pod', pod, '--', 'sleep', '1000'],
  stop: (pod) => ['stop', `${pod}/w`],
  rm: (pod) => ['rm', '-f', `${pod}/w`],
  restart: (pod) => ['restart', `${pod}/w`],
  down: (pod) => ['down', '--ignore-not-found', pod],
  gc: () => ['gc'],
  ps: () => ['ps', '-a'],
};

if (requires(t, 'root', 'ip', 'nft', 'busybox')) {
  t.comment(`NSLAB_SEED=${SEED}`);

  t.test(`${SEQUENCES} sequences of ${STEPS} random steps, by several processes`, async (t) => {
    t.jobs = 2;
    for (let n = 0; n < SEQUENCES; n++)
      t.test(`sequence ${n}`, (t) => onFreshHost(t, (host) => sequence(t, host, SEED + n)));
  });

  for (const [where, enter] of [
    ['one network namespace', []],
    ['two network namespaces', ['nsenter', '--net=/run/netns/n1', '--']],
  ] as const)
    t.test(`two state directories in ${where}: random steps in both, at the same time`, (t) =>
      onFreshHost(t, async (host) => {
        await host.sh('ip netns add n1');
        const other = withStateDir(host, '/run/other', enter);
        await Promise.all([sequence(t, host, SEED), sequence(t, other, SEED + 1)]);
        await host.sh('ip netns delete n1; umount /run/netns; rmdir /run/netns');
      }),
    );

  t.test('negative control: a model that is wrong is told so', (t) =>
    onFreshHost(t, async (host) => {
      const whole: Pod = { ...ABSENT, state: 'whole' };
      t.same(await unlike(host, { a: whole, b: ABSENT, c: ABSENT }), ['a is undefined, not whole']);
      await host.must(['hold', 'b', '--network', 'none']);
      t.same(await unlike(host, { a: ABSENT, b: whole, c: ABSENT }), []);
      t.same(await unlike(host, { a: ABSENT, b: ABSENT, c: ABSENT }), ['b is Running, not absent']);
      await host.must(['down', 'b']);
    }),
  );
}

/** Steps until one is not as the model says; all that led there is printed, with the seed that makes it again. */
async function sequence(t: Test, host: KernelHost, seed: number): Promise<void> {
  const random = randomNumbers(seed);
  const model: Model = { a: ABSENT, b: ABSENT, c: ABSENT };
  const done: string[] = [];
  for (let n = 0; n < STEPS; n++) {
    const wrong = await step(host, model, random, done);
    if (wrong.length === 0) continue;
    t.fail(`NSLAB_SEED=${seed}:\n${done.join('\n')}\n${wrong.join('\n')}`);
    break;
  }
  t.equal((await host.nslab(['down', '--all'])).status, 0, 'down --all');
  t.match(await host.nslab(['gc']), { status: 0, stdout: '' }, `${seed}: gc finds nothing`);
}

/** One to three pods at the same time, a process each; whoever is killed, is killed alone. Returns what is not as expected. */
async function step(host: KernelHost, model: Model, random: () => number, done: string[]): Promise<string[]> {
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
  const first = { name: pick(NAMES), action: pick(ACTIONS) };
  if (!(first.action in EXPECTED)) {
    const delay = Math.floor(random() * 120) / 10;
    done.push(
      `${first.action} ${first.name}${first.action.startsWith('slain') ? ` after ${delay} process starts` : ''}`,
    );
    return violence(host, model, first.name, first.action, delay);
  }
  const others = NAMES.filter((name) => name !== first.name && random() < 0.4);
  const actions = [
    first,
    ...others.map((name) => ({ name, action: pick(Object.keys(EXPECTED) as Action[]) })),
  ];
  // An explicit gc takes away what the others are expected to find.
  const batch = actions.some(({ action }) => action === 'gc' || action === 'up') ? [first] : actions;
  done.push(batch.map(({ name, action }) => `${action} ${name}`).join('  &  '));
  for (const { name, action } of batch) if (sweeps(action)) model[name] = swept(model[name]);
  const results = await Promise.all(
    batch.map(({ name, action }) => host.nslab(ARGUMENTS[action]?.(name) ?? [], { input: manifest(name) })),
  );
  const wrong: string[] = [];
  for (const [index, { name, action }] of batch.entries()) {
    const expected = EXPECTED[action]?.(model[name]);
    const result = results[index];
    if (!expected || result?.status !== expected.status)
      wrong.push(`${action} ${name}: status ${result?.status}, not ${expected?.status}: ${result?.stderr}`);
    if (expected) model[name] = expected.pod;
    if (action === 'gc') for (const each of NAMES) model[each] = EXPECTED.gc?.(model[each]).pod ?? ABSENT;
  }
  return [...wrong, ...(await unlike(host, model))];
}

/** What is done to us, and not by us. */
async function violence(
  host: KernelHost,
  model: Model,
  name: Name,
  action: Action,
  delay: number,
): Promise<string[]> {
  const pod = model[name];
  const items = await listed(host);
  if (action === 'kill-holder') {
    const pid = items.get(`${name}/pause`)?.pid;
    if (pod.state !== 'whole') return pid ? [`${name} has a holder`] : [];
    await host.sh(kill(pid));
    model[name] = { ...pod, state: 'holderless' };
    return unlike(host, model);
  }
  if (action === 'kill-shim') {
    const pid = items.get(`${name}/w`)?.pid;
    if (pod.workload !== 'running') return pid ? [`${name} has a workload`] : [];
    await host.sh(
      `shim=$(awk '/^PPid/ { print $2 }' /proc/${pid}/status); ${kill('$shim')}; while [ -e /proc/${pid} ]; do sleep 0.01; done`,
    );
    model[name] = { ...pod, workload: 'lost' };
    return unlike(host, model);
  }
  const verb = action.replace('slain-', '');
  const running = host.host.spawn([...host.argv, ...(ARGUMENTS[verb]?.(name) ?? [])], {
    input: manifest(name),
  });
  await sleep(delay * START);
  running.signal('SIGKILL');
  await running.result;
  return settled(host, model, name);
}

/** After a kill anything may be, but after one gc only two things: the pod is gone, or it is whole. */
async function settled(host: KernelHost, model: Model, name: Name): Promise<string[]> {
  // A tool that was at work for the one that was killed still has its locks until it ends.
  await until(async () => (await host.host.run(['pgrep', '-x', 'ip|nft'])).status !== 0);
  const gc = await host.nslab(['gc']);
  if (gc.status !== 0) return [`gc: status ${gc.status}: ${gc.stderr}`];
  for (const each of NAMES) model[each] = EXPECTED.gc?.(model[each]).pod ?? ABSENT;
  const items = await listed(host);
  const holder = items.get(`${name}/pause`);
  const workload = items.get(`${name}/w`)?.state;
  if (holder === undefined) model[name] = ABSENT;
  else if (!WHOLE.test(holder.state)) return [`${name} is ${holder.state} after a kill and a gc`];
  else {
    const state = stateOf(workload);
    if (state === undefined) return [`${name}/w is ${workload} after a kill and a gc`];
    const { byManifest } = model[name];
    const facts = await inspected<{ manifest?: object }>(host, name);
    model[name] = {
      state: 'whole',
      workload: state,
      byManifest: byManifest || facts.manifest !== undefined,
    };
  }
  return unlike(host, model);
}

/** A pod of a manifest has the state of its workload. */
const WHOLE = /^(Running|Completed|Error|Lost)/;

function stateOf(state: string | undefined): Pod['workload'] | undefined {
  if (state === undefined) return 'none';
  if (state === 'Running') return 'running';
  if (state.startsWith('Lost')) return 'lost';
  return /^(Completed|Error)/.test(state) ? 'ended' : undefined;
}

/** What `ps` says, against the model. */
async function unlike(host: KernelHost, model: Model): Promise<string[]> {
  const items = await listed(host);
  return NAMES.flatMap((name) => {
    const [holder, workload] = [items.get(`${name}/pause`)?.state, items.get(`${name}/w`)?.state];
    const pod = model[name];
    const states = {
      absent: /^undefined$/,
      whole: WHOLE,
      holderless: pod.workload === 'running' ? /^Holder dead/ : /^Dead/,
    };
    const wrong: string[] = [];
    if (!states[pod.state].test(String(holder))) wrong.push(`${name} is ${holder}, not ${pod.state}`);
    if (stateOf(workload) !== pod.workload) wrong.push(`${name}/w is ${workload}, not ${pod.workload}`);
    return wrong;
  });
}

function kill(pid: unknown): string {
  return `kill -9 ${pid}; while [ -e /proc/${pid} ]; do sleep 0.01; done`;
}
