import { fileURLToPath } from 'node:url';
import t from 'tap';
import { until } from '../eventually.ts';
import { inProcessStarts } from '../process-starts.ts';
import { requires } from '../requires.ts';
import { collapsed, leftBehind } from './left-behind.ts';
import { type HostOptions, PretendHost, type Result, type Running, type RunOptions } from './pretend-host.ts';
import { nslab } from './program.ts';
import type { Snapshot } from './snapshot.ts';

// R3: each run of `ip` or `nft` fails, hangs or dies: one line, status 1, rolled back without gc, in the end also where it would hang for ever.
const FAKES = fileURLToPath(new URL('fakes', import.meta.url));
const HOST: HostOptions = { uplink: true, tmp: true };
const HOLD = ['hold', 'web', '-p', '8080:80'];

if (requires(t, 'root', 'ip', 'nft', 'strace')) {
  t.test('the fakes pass every call on but the one that they were told', async (t) => {
    await using host = await PretendHost.create(HOST);
    const script =
      'for i in 1 2 3; do ip -br link show lo >/dev/null; echo $?; done; nft list ruleset; echo $?';
    const env = { PATH: `${FAKES}:${process.env.PATH}`, FAKE_CALLS: '/tmp' };
    const told = async (plan: string, during?: RunOptions['during']): Promise<Result> =>
      await host.run(['bash', '-c', `rm -f /tmp/*; ${script}`], {
        env: { ...env, FAKE_IP: plan },
        ...(during && { during }),
      });
    t.equal((await told('')).stdout, '0\n0\n0\n0\n');
    t.equal((await told('fail:2')).stdout, '0\n2\n0\n0\n');
    t.equal((await told('after:3')).stdout, '0\n0\n2\n0\n');
    t.equal((await told('die:1')).stdout, '137\n0\n0\n0\n');
    const endedByHand = async (running: Running): Promise<void> => {
      await until(async () => (await host.run(['pgrep', '-xf', 'sleep 1000'])).status === 0);
      running.signal('SIGKILL');
    };
    t.match(await told('hang:2', endedByHand), { signal: 'SIGKILL', stdout: '0\n' });
    t.match(await told('murder:2'), { signal: 'SIGKILL', stdout: '0\n' });
    t.equal((await host.run(['cat', '/tmp/ip.calls'])).stdout, '-br link show lo\n'.repeat(2));
  });

  for (const driver of ['netlink', 'ip'])
    t.test(
      `${driver}: no descriptor is left for a tool: one line, and everything is rolled back`,
      async (t) => {
        await using host = await PretendHost.create(HOST);
        const before = await host.snapshot();
        const inject = 'strace -f -o /dev/null -e trace=execve -e'.split(' ');
        const verb = [...nslab.argv, ...HOLD, '--driver', driver];
        const result = await host.run([...inject, 'inject=execve:error=EMFILE:when=1', ...verb], nslab);
        t.match(result, {
          status: 1,
          stdout: '',
          stderr: /^nslab: cannot run (nft|ip): EMFILE\nhint: too many open files: raise `ulimit -n`\n$/,
        });
        t.same(await leftBehind(host, before), [], 'nothing is left');
        const control = await host.run(verb, nslab);
        t.match(control, { status: 0, stdout: 'web\n' }, 'with descriptors it works (control)');
      },
    );

  for (const driver of ['netlink', 'ip'])
    t.test(`${driver}: nft is not there, and that is found before anything is made`, async (t) => {
      await using host = await PretendHost.create(HOST);
      const before = await host.snapshot();
      const attempt = async (...tools: string[]): Promise<Result & { changes: string }> => {
        const links = tools.map((tool) => `ln -s "$(command -v ${tool})" /tmp/bin/`).join('; ');
        const line = `mkdir /tmp/bin; ${links}; PATH=/tmp/bin exec "$0" "$@"`;
        const [, script = ''] = nslab.argv;
        const words = [script, '--transcript', '/tmp/told', ...HOLD, '--driver', driver];
        const result = await host.run(['bash', '-c', line, process.execPath, ...words], nslab);
        const { stdout } = await host.run(['grep', '-cE', 'RTM_NEWLINK|link add', '/tmp/told']);
        await host.run(['rm', '-r', '/tmp/bin', '/tmp/told']);
        return { ...result, changes: stdout.trim() };
      };
      const result = await attempt('ip');
      t.match(result, {
        status: 1,
        changes: '0',
        stderr:
          /^nslab: cannot run nft: no such program in PATH\nhint: install it: apt-get install nftables\n$/,
      });
      t.same(collapsed(await leftBehind(host, before)), []);
      const { status, changes } = await attempt('ip', 'nft');
      t.equal(status, 0, 'with it the pod is made (control)');
      t.ok(Number(changes) > 0, 'and links are (control)');
    });

  t.test('a directory of which mkdir(2) says that it is there, and it is not', async (t) => {
    if (!requires(t, 'strace')) return;
    await using host = await PretendHost.create(HOST);
    const before = await host.snapshot();
    // The marker that nslab created /run/netns: without it, /run/netns would stay after the last pod.
    const lie = ['-P', '/run/nslab/.made-run-netns', '-e', 'inject=mkdir:error=EEXIST:when=1'];
    // Without -f: strace would run as long as the holder.
    const strace = ['strace', '-qq', '-o', '/tmp/lies', '-e', 'trace=mkdir', ...lie];
    t.match(await host.run([...strace, ...nslab.argv, 'hold', 'web'], nslab), { status: 0 });
    const { stdout } = await host.run(['cat', '/tmp/lies']);
    t.match(stdout, /EEXIST .*INJECTED/, 'it was said (control)');
    await host.run(['rm', '/tmp/lies']);
    t.match(await host.run([...nslab.argv, 'down', 'web'], nslab), { status: 0 });
    t.same(collapsed(await leftBehind(host, before)), []);
  });

  const calls = await callsOfHold();
  t.ok(calls.length > 0, `hold -p calls ${calls.join(', ')}`);
  const second = await callsOfHold(['hold', 'first']);
  t.ok(
    second.filter((call) => call.startsWith('ip')).length <= 4,
    `at most four runs of ip a pod: ${second}`,
  );
  // Two of five are ten seconds of patience in which nobody does anything.
  t.jobs = 6;

  for (const [at, call] of calls.entries()) {
    for (const plan of ['fail', 'after', 'die', 'hang', 'stuck', ...(at === 0 ? ['spin'] : [])]) {
      t.test(`${call}: ${plan}`, async (t) => {
        const [tool = '', n] = call.split(' ');
        await using host = await PretendHost.create(HOST);
        const before = await host.snapshot();
        const result = await withFakes(host, HOLD, { [`FAKE_${tool.toUpperCase()}`]: `${plan}:${n}` });
        t.equal(result.status, 1, result.stderr);
        t.match(result.stderr, /^nslab: .*\b(ip|nft)\b/m, 'one line that names the tool');
        t.notMatch(result.stderr, /^\s+at /m, 'no stack trace');
        t.equal(
          result.stderr.split('\n').filter((line) => line.startsWith('nslab: ')).length,
          1,
          result.stderr,
        );
        // What hangs would hang for a quarter of an hour: its patience is the promise, and the rest is counted in starts.
        const starts = await inProcessStarts(result.ms - (isHung(plan) ? TOOL_PATIENCE : 0));
        // One that spins has that time of a processor, of which others want a part.
        if (plan !== 'spin')
          t.ok(starts < MOST_STARTS, `as long as ${Math.round(starts)} process starts, without the patience`);
        if (isHung(plan)) t.match(result.stderr, 'did not answer within 10 s and was killed');
        t.equal((await host.run(['pgrep', '-xf', 'sleep 1000'])).stdout, '', 'what hung is not left running');
        t.equal(result.outputHeld, false, 'nobody holds its output');
        t.same(await left(host, before), [], 'rolled back, without gc');
        t.match(
          await host.run([...nslab.argv, ...HOLD], nslab),
          { status: 0 },
          'the same name can be created',
        );
      });
    }

    t.test(`${call}: kills nslab`, async (t) => {
      const [tool = '', n] = call.split(' ');
      await using host = await PretendHost.create(HOST);
      const before = await host.snapshot();
      const result = await withFakes(host, HOLD, { [`FAKE_${tool.toUpperCase()}`]: `murder:${n}` });
      t.equal(result.signal, 'SIGKILL', result.stderr);
      t.match(await host.run([...nslab.argv, 'gc'], nslab), { status: 0 });
      t.same(await left(host, before), [], 'one gc');
    });
  }
}

/** R3: how long a tool that does not answer is waited for. */
const TOOL_PATIENCE = 10_000;

/** Beside that a hold and its rollback by `ip` are some thirty starts of node, of bash and of the tools themselves. */
const MOST_STARTS = 150;

function isHung(plan: string): boolean {
  return plan === 'hang' || plan === 'stuck' || plan === 'spin';
}

/** `ip 1`, `ip 2`, `nft 1`, …: what a hold with a port calls, as the fakes count. */
async function callsOfHold(before?: readonly string[]): Promise<string[]> {
  await using host = await PretendHost.create(HOST);
  // The first pod also creates the network: the runs of a later pod are counted.
  if (before) await host.run([...nslab.argv, ...before], nslab);
  const { status, stderr } = await withFakes(host, HOLD, {});
  if (status !== 0) throw new Error(`hold fails by itself: ${stderr}`);
  const { stdout } = await host.run([
    'bash',
    '-c',
    'cd /tmp/fake && for tool in ip nft; do cat -n $tool.calls | sed "s/^ */$tool /"; done',
  ]);
  return stdout.split('\n').flatMap((line) => /^(ip|nft) +\d+/.exec(line)?.[0].replace(/\s+/, ' ') ?? []);
}

async function withFakes(
  host: PretendHost,
  args: readonly string[],
  plan: Record<string, string>,
): Promise<Result> {
  // With the `ip` driver: the netlink driver does not run `ip`.
  const env = { ...plan, NSLAB_DRIVER: 'ip', PATH: `${FAKES}:${process.env.PATH}`, FAKE_CALLS: '/tmp/fake' };
  return await host.run(['bash', '-c', 'mkdir -p /tmp/fake; exec "$@"', '-', ...nslab.argv, ...args], {
    env,
  });
}

/** Excludes the fakes' own files. */
async function left(host: PretendHost, before: Snapshot): Promise<string[]> {
  await host.run(['rm', '-r', '/tmp/fake']);
  return collapsed(await leftBehind(host, before));
}
