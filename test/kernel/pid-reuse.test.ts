import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
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
  t.test(`an innocent with the recorded pid of a dead process survives, ${ROUNDS} times`, (t) =>
    onFreshHost(t, async (host) => {
      for (let round = 0; round < ROUNDS; round++) {
        const victim = VICTIMS[round % VICTIMS.length] ?? 'holder';
        await host.must(['hold', 'web', '--network', 'none']);
        await host.must(['run', '-d', '--name', 'w', '--pod', 'web', '--', 'sleep', '1000']);
        const recorded = recordedPids(host.host);
        await host.sh(
          `for pid in ${Object.values(recorded).join(' ')}; do kill -9 $pid; while [ -e /proc/$pid ]; do sleep 0.01; done; done`,
        );
        const innocent = await withPid(host, recorded[victim]);
        // Only so is this a trial at all: the number is the recorded one, and who has it is not who is recorded.
        t.equal(innocent, recorded[victim], `round ${round + 1}: the innocent has the pid of the ${victim}`);
        t.notMatch(
          JSON.stringify([...(await listed(host)).values()]),
          `"pid":${innocent},`,
          'ps does not take it for ours',
        );
        for (const words of round % 10 < VICTIMS.length ? VERBS : VERBS.slice(4)) {
          const { status, stderr } = await host.nslab(words);
          t.match(stderr, /^(nslab: [^\n]*\n(hint: [^\n]*\n)?)*$/, `${words.join(' ')}: status ${status}`);
          if (!lives(host.host, innocent)) t.fail(`the innocent did not survive ${words.join(' ')}`);
        }
        await host.must(['down', 'web']);
        t.ok(lives(host.host, innocent), `round ${round + 1}: it survives all`);
        await host.sh(`kill -9 ${innocent}; while [ -e /proc/${innocent} ]; do sleep 0.01; done`);
      }
    }),
  );

  t.test('negative control: with the start time of the innocent on record, it is taken for ours', (t) =>
    onFreshHost(t, async (host) => {
      await host.must(['hold', 'web', '--network', 'none']);
      const { holder } = recordedPids(host.host);
      await host.sh(`kill -9 ${holder}; while [ -e /proc/${holder} ]; do sleep 0.01; done`);
      const innocent = await withPid(host, holder);
      t.ok(lives(host.host, innocent));
      const path = join(stateOf(host.host), 'pods/web/status.json');
      const status = JSON.parse(readFileSync(path, 'utf8')) as { holder: { startTime: number } };
      status.holder.startTime = startTime(host.host, innocent);
      writeFileSync(path, JSON.stringify(status));
      await host.must(['down', 'web']);
      t.notOk(lives(host.host, innocent), 'the start time alone has saved it');
    }),
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

/** Starts a process that gets a certain pid of the pretend host: the kernel gives the one after `ns_last_pid`. */
async function withPid({ host, sh }: KernelHost, pid: number): Promise<number> {
  for (let tries = 0; tries < 50; tries++) {
    // A subshell is a fork and nothing else. Deaf to TERM it would survive that for another reason than innocence.
    const line = `echo ${pid - 1} > /proc/sys/kernel/ns_last_pid; (exec sleep 1000) >/dev/null 2>&1 & echo $!; disown`;
    const started = Number(await sh(line));
    // Until it is `sleep` its start is still under way.
    await until(() => commandOf(host, started) === 'sleep');
    if (started === pid) return started;
    await sh(`kill -9 ${started}`);
  }
  throw new Error(`no process could get pid ${pid}`);
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
