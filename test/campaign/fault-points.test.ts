import { fileURLToPath } from 'node:url';
import t from 'tap';
import { requires } from '../requires.ts';
import { besides } from './beside.ts';
import { campaign, explain } from './campaign.ts';
import { failures } from './fail.ts';
import { faultPoints } from './fault-points.ts';
import { inject, runWithFault } from './inject.ts';
import { interrupts, standsStill, timeForWitnesses } from './interrupt.ts';
import { kills } from './kill.ts';
import { PretendHost } from './pretend-host.ts';
import type { Program } from './program.ts';
import type { Trial } from './trial.ts';

/** A Node program with three calls of its own after a read-only start. */
const SCRIPT = `
  const fs = require('node:fs')
  fs.readFileSync('/etc/hostname')
  fs.writeFileSync('/run/elsewhere', 'not yet')
  fs.mkdirSync('/run/state')
  fs.writeFileSync('/run/state/a', 'one')
  fs.renameSync('/run/state/a', '/run/state/b')
  console.log('done')`;

const toy = (order: 'intent-first' | 'state-last' | 'lock-free'): Program => ({
  argv: ['bash', fileURLToPath(new URL('toy-pod.sh', import.meta.url))],
  stateDir: '/run/toy',
  env: { TOY: order },
  ...(order === 'intent-first' ? {} : BRIEFLY),
});

/** Of what is expected to hang, and to leave something, the end is waited for less long. */
const BRIEFLY = { timeout: 10_000, patience: 1000 };

const hold = (program: Program): Trial => ({
  name: 'toy hold',
  program,
  pod: 'web',
  prepare: [],
  verb: ['hold', 'web'],
});
const down = (program: Program): Trial => ({
  name: 'toy down',
  program,
  pod: 'web',
  prepare: [['hold', 'web']],
  verb: ['down', 'web'],
});

if (requires(t, 'root', 'ip', 'nft', 'strace')) {
  t.test('points begin at the first own call, and each fault lands where it was aimed', async (t) => {
    await using host = await PretendHost.create({ tmp: true });
    const argv = ['node', '-e', SCRIPT];
    const { points } = await faultPoints(host, argv, '/run/state');
    t.same(
      points.map(({ syscall }) => syscall),
      ['mkdir', 'openat', 'write', 'rename', 'write'],
      'the open of /etc/hostname is no point, the file elsewhere came before the first own call',
    );
    t.match(points[1]?.text, '/run/state/a');
    const [mkdir, open, write, rename] = points;
    if (!mkdir || !open || !write || !rename) throw new Error('the points above');
    t.same(inject(mkdir, { kill: 'before' }), [
      '-e',
      'trace=mkdir',
      '-e',
      'inject=mkdir:signal=SIGKILL:when=1',
    ]);

    const left = async (): Promise<string> =>
      (await host.run(['bash', '-c', 'ls /run/state; rm -rf /run/state'])).stdout;
    await left();
    const killed = await runWithFault(host, argv, rename, { kill: 'before' });
    t.match(killed, {
      result: { status: 137, signal: 'SIGKILL', stdout: '' },
      hit: /^rename\("\/run\/state\/a"/,
    });
    t.equal(await left(), 'a\n', 'all before is done, the call itself is not');

    const after = await runWithFault(host, argv, rename, { kill: 'after' });
    t.match(after, { result: { stdout: '' }, hit: /^rename\("\/run\/state\/a"/ });
    t.equal(await left(), 'b\n', 'the call itself is done, nothing after it is');

    const full = await runWithFault(host, argv, write, { error: 'ENOSPC' });
    t.match(full, { result: { status: 1, stderr: /ENOSPC/ }, hit: /= -1 ENOSPC .*\(INJECTED\)/ });
    await left();

    let stood = false;
    const delay = await timeForWitnesses(10);
    const slow = await runWithFault(
      host,
      argv,
      open,
      { delay },
      {
        during: async (running) => {
          stood = await standsStill(running, delay / 4);
        },
      },
    );
    t.match(slow, { result: { status: 0, stdout: 'done\n' } });
    t.ok(stood, 'a delay: it stood still, and went on');
    await left();

    const never = await runWithFault(host, argv, { ...mkdir, ordinal: 99 }, { kill: 'before' });
    t.match(never, { result: { status: 0 }, hit: undefined }, 'a point that does not come is told as such');
    t.equal(never.aimAgain?.ordinal, mkdir.ordinal, 'and where it would have been');
    await left();
    const late = await runWithFault(host, argv, { ...rename, rank: 2 }, { kill: 'before' });
    t.equal(late.aimAgain?.ordinal, 2, 'one that came too early as well');
  });

  // A test of the campaign itself: it must pass a correct program and find the faults of incorrect ones.
  const say = (line: string): void => t.comment(line);

  t.test('a toy that writes its intent first is clean at every point', async (t) => {
    const reports = await campaign([hold(toy('intent-first')), down(toy('intent-first'))].map(kills), {
      points: 'all',
      seed: 1,
      say,
    });
    for (const { points, clean, tried, failures } of reports) {
      t.ok(points >= 8);
      t.equal(tried, points);
      t.equal(clean, points, failures.map(explain).join('\n'));
    }
  });

  t.test('negative control: a toy that writes its state last fails the campaign', async (t) => {
    const [held] = await campaign([kills(hold(toy('state-last')))], { points: 1, seed: 1, say });
    t.equal(held?.clean, 0);
    t.match(held?.failures.map(explain).join('\n'), /after gc: \+ link: toy-web/);
    t.match(
      held?.failures.map(explain).join('\n'),
      /hold web: status 137 \(timed out\)/,
      'the name cannot be used again',
    );
  });

  t.test('negative control: a toy that does not roll back fails the campaign of errors', async (t) => {
    const [report] = await campaign([failures(hold({ ...toy('intent-first'), ...BRIEFLY }))], {
      points: 8,
      seed: 1,
      say,
    });
    const found = report?.failures.map(explain).join('\n');
    t.match(found, /rolled back, without gc: \+ run: .*\/run\/toy/);
    t.match(found, /it does not say what failed|it says more than it should/);
  });

  t.test(
    'negative control: a toy that an interrupt ends anywhere fails the campaign of interrupts',
    async (t) => {
      const [report] = await campaign([interrupts(hold({ ...toy('intent-first'), ...BRIEFLY }))], {
        points: 6,
        seed: 1,
        say,
      });
      const found = report?.failures.map(explain).join('\n');
      t.match(found, /rolled back, without gc: \+ run: .*\/run\/toy/);
      t.match(found, /it does not say so|it went on as if nothing had been/);
    },
  );

  t.test('a toy that holds a lock while it is at work is left alone by its gc', async (t) => {
    const [report] = await campaign([besides(hold(toy('intent-first')))], { points: 4, seed: 1, say });
    t.equal(report?.clean, 4, (report?.failures ?? []).map(explain).join('\n'));
  });

  t.test('negative control: one without a lock fails the campaign of what goes on beside it', async (t) => {
    const [report] = await campaign([besides(hold(toy('lock-free')))], { points: 2, seed: 1, say });
    t.match(report?.failures.map(explain).join('\n'), /the verb (failed|did not do what it promised)/);
  });

  t.test('negative control: a verb that leaves something without being killed is told at once', async (t) => {
    const leaky: Program = {
      ...toy('intent-first'),
      ...BRIEFLY,
      argv: ['bash', '-c', 'touch /run/left-$1; . "$0"', ...toy('intent-first').argv.slice(1)],
    };
    const [report] = await campaign([kills(hold(leaky))], { points: 1, seed: 1 });
    t.equal(report?.tried, 0, 'its points are not tried');
    t.match(
      report?.failures.map(explain).join('\n'),
      /the verb, not killed[\s\S]*\+ run: .*\/run\/left-hold/,
    );
  });
}
