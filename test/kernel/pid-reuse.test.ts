import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { PretendHost } from '../campaign/pretend-host.ts';
import { until } from '../eventually.ts';
import { requires } from '../requires.ts';
import { stateOf } from './damage.ts';
import { listed } from './evidence.ts';
import { type KernelHost, onFreshHost } from './host.ts';

/** R7 wants a hundred; an ordinary run tries ten. */
const ROUNDS = process.env.NSLAB_CAMPAIGN ? 100 : 10;

/** Whose pid the innocent gets. */
const VICTIMS = ['holder', 'shim', 'workload'] as const;

/** Every verb that reads a pid, in an order in which each still has something to do. */
const VERBS: readonly (readonly string[])[] = [
  ['ps', '-a'],
  ['ns'],
  ['inspect', 'web', 'web/w'],
  ['exec', 'web', 'true'],
  ['kill', 'web/w'],
  ['stop', 'web/w'],
  ['rm', '-f', 'web/w'],
  ['gc'],
  ['down', 'web'],
];

if (requires(t, 'root', 'ip', 'nft', 'busybox')) {
  t.test(`an innocent with the pid and the start time of a dead process survives, ${ROUNDS} times`, (t) =>
    onFreshHost(t, async (host) => {
      for (let round = 0; round < ROUNDS; round++) await innocentSurvives(t, host, round, nextPid);
    }),
  );

  t.test('the same in a pid namespace of few numbers, which the kernel itself gives again', (t) =>
    onFreshHost(t, async (host) => {
      if (!(await limitPids(host))) {
        t.comment('this kernel has one pid_max for all pid namespaces: ns_last_pid alone is tried');
        return;
      }
      for (const round of VICTIMS.keys()) await innocentSurvives(t, host, round, turnOfPids);
    }),
  );

  t.test('negative control: what has the recorded pid and the file of the holder open is taken for it', (t) =>
    onFreshHost(t, async (host) => {
      await host.must(['hold', 'web', '--network', 'none']);
      const { holder } = recordedPids(host.host);
      await host.sh(`kill -9 ${holder}; while [ -e /proc/${holder} ]; do sleep 0.01; done`);
      const alive = '/run/nslab/pods/web/alive';
      const { pid } = await nextPid(host, holder, `4<${alive}`);
      t.ok(lives(host.host, pid));
      await host.must(['down', 'web']);
      t.notOk(lives(host.host, pid), 'the open file alone makes the difference');
    }),
  );
}

/** One round: a process of a pod is killed, an innocent gets its number and its start time, and all verbs spare it. */
async function innocentSurvives(t: Test, host: KernelHost, round: number, give: GivePid): Promise<void> {
  const victim = VICTIMS[round % VICTIMS.length] ?? 'holder';
  await host.must(['hold', 'web', '--network', 'none']);
  await host.must(['run', '-d', '--name', 'w', '--pod', 'web', '--', 'sleep', '1000']);
  const recorded = recordedPids(host.host);
  const words = await states(host);
  await host.sh(
    `for pid in ${Object.values(recorded).join(' ')}; do kill -9 $pid; while [ -e /proc/$pid ]; do sleep 0.01; done; done`,
  );
  const { pid: innocent } = await give(host, recorded[victim], '');
  // Only so is this a trial at all: the number is the recorded one, and who has it is not who is recorded.
  t.equal(innocent, recorded[victim], `round ${round + 1}: the innocent has the pid of the ${victim}`);
  makeStartTimesEqual(host.host, startTime(host.host, innocent));
  t.same(words, ['Running', 'Running'], 'before');
  t.notMatch((await states(host)).join(), /running/, 'ps does not take it for ours');
  t.notMatch(JSON.stringify([...(await listed(host)).values()]), `"pid":${innocent},`, 'nor shows it');
  for (const words of round % 10 < VICTIMS.length ? VERBS : VERBS.slice(4)) {
    const { status, stderr } = await host.nslab(words);
    t.match(stderr, /^(nslab: [^\n]*\n(hint: [^\n]*\n)?)*$/, `${words.join(' ')}: status ${status}`);
    if (!lives(host.host, innocent)) t.fail(`the innocent did not survive ${words.join(' ')}`);
  }
  await host.must(['down', '--ignore-not-found', 'web']);
  t.ok(lives(host.host, innocent), `round ${round + 1}: it survives all`);
  await host.sh(`kill -9 ${innocent}; while [ -e /proc/${innocent} ]; do sleep 0.01; done`);
}

/** Of the holder and of the workload. */
async function states(host: KernelHost): Promise<string[]> {
  const items = await listed(host);
  return ['web/pause', 'web/w'].map((name) => items.get(name)?.state ?? 'absent');
}

/** As where two processes were started within one tick of the clock, or in a restored machine. */
function makeStartTimesEqual(host: PretendHost, startTime: number): void {
  const rewrite = (path: string, change: (text: string) => string) => {
    const file = join(stateOf(host), 'pods/web', path);
    writeFileSync(file, change(readFileSync(file, 'utf8')));
  };
  rewrite('status.json', (text) => text.replace(/"startTime":\d+/, `"startTime":${startTime}`));
  rewrite('workloads/w/status', (text) =>
    text
      .replace(/"(shimStart|start)":\d+/g, `"$1":${startTime}`)
      .trimEnd()
      .padEnd(511)
      .concat('\n'),
  );
}

function recordedPids(host: PretendHost): Record<(typeof VICTIMS)[number], number> {
  const read = (path: string): unknown =>
    JSON.parse(readFileSync(join(stateOf(host), 'pods/web', path), 'utf8'));
  const { holder } = read('status.json') as { holder: { pid: number } };
  const hasWorkload = existsSync(join(stateOf(host), 'pods/web/workloads/w/status'));
  const { shim, pid } = (hasWorkload ? read('workloads/w/status') : { shim: 0, pid: 0 }) as Record<
    string,
    number
  >;
  return { holder: holder.pid, shim: shim ?? 0, workload: pid ?? 0 };
}

/** Starts an innocent that gets a certain pid of the pretend host, with a redirection. */
type GivePid = (host: KernelHost, pid: number, redirection: string) => Promise<{ readonly pid: number }>;

/** The kernel gives the number after `ns_last_pid`. */
const nextPid: GivePid = async ({ host, sh }, pid, redirection) => {
  for (let tries = 0; tries < 50; tries++) {
    // A subshell is a fork and nothing else. Deaf to TERM it would survive that for another reason than innocence.
    const line = `echo ${pid - 1} > /proc/sys/kernel/ns_last_pid; (exec sleep 1000 ${redirection}) >/dev/null 2>&1 & echo $!; disown`;
    const started = Number(await sh(line));
    // Until it is `sleep` its start is still under way.
    await until(() => commandOf(host, started) === 'sleep');
    if (started === pid) return { pid };
    await sh(`kill -9 ${started}`);
  }
  throw new Error(`no process could get pid ${pid}`);
};

/** Forks until it is the number's turn. */
const turnOfPids: GivePid = async ({ host, sh }, pid) => {
  const line = `for n in {1..${3 * PID_MAX}}; do (exec sleep 1000) >/dev/null 2>&1 &
    [ $! = ${pid} ] && break; kill -9 $!; wait $!; done 2>/dev/null; echo $!; disown`;
  const started = Number(await sh(line));
  await until(() => commandOf(host, started) === 'sleep');
  return { pid: started };
};

/** The kernel gives none below 300 a second time, and nslab's own threads need numbers, too. */
const PID_MAX = 500;

/** Gives the pid namespace of the pretend host few numbers. False where the kernel has one limit for all (before 6.14). */
async function limitPids({ sh }: KernelHost): Promise<boolean> {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  if (major < 6 || (major === 6 && minor < 14)) return false;
  const before = readFileSync('/proc/sys/kernel/pid_max', 'utf8');
  await sh(`echo ${PID_MAX} > /proc/sys/kernel/pid_max`);
  if (readFileSync('/proc/sys/kernel/pid_max', 'utf8') !== before) throw new Error('pid_max of the machine');
  // Those below 300 are used up.
  await sh(
    'for n in {1..300}; do [ $BASHPID -gt 300 ] && break; (:) & wait $!; [ $! -gt 300 ] && break; done',
  );
  return true;
}

function commandOf(host: PretendHost, pid: number): string {
  const path = `/proc/${host.pid}/root/proc/${pid}/comm`;
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
}

function lives(host: PretendHost, pid: number): boolean {
  return commandOf(host, pid) === 'sleep' && !/\) [ZX] /.test(statOf(host, pid));
}

function startTime(host: PretendHost, pid: number): number {
  return Number(statOf(host, pid).split(') ')[1]?.split(' ')[19]);
}

function statOf(host: PretendHost, pid: number): string {
  return readFileSync(`/proc/${host.pid}/root/proc/${pid}/stat`, 'utf8');
}
