import { randomInt } from 'node:crypto';
import { openSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import { ALL_KINDS, flagsOf, KINDS } from '../../src/ns/kinds.ts';
import { namespaceAt, namespacesOf, sameNamespace } from '../../src/ns/namespace.ts';
import { enter, prepareWindow, windowKinds } from '../../src/ns/window.ts';
import { SyscallError } from '../../src/sys/errors.ts';
import type { Kernel } from '../../src/sys/invoke.ts';
import { bundle, runNode, start } from '../bundle.ts';
import { requires } from '../requires.ts';
import { recorder } from '../sys/recorder.ts';

t.test('without prepareWindow there is no way home, and nobody leaves', async (t) => {
  const kernel = recorder();
  let ran = false;
  t.throws(
    () =>
      enter(kernel, { unshare: ['net'] }, () => {
        ran = true;
      }),
    { name: 'OperationError', message: /no way home from net: prepareWindow\(\) was not awaited/ },
  );
  t.notOk(ran);
  t.same(kernel.calls, [], 'no call was made');
});

t.test('a window: leave, body, home, all in the transcript', async (t) => {
  await prepareWindow();
  const kernel = recorder();
  t.equal(
    enter(kernel, { unshare: ['net', 'ipc', 'uts'] }, () => 'result'),
    'result',
  );
  t.same(kernel.calls[0], ['unshare', KINDS.net.flag | KINDS.ipc.flag | KINDS.uts.flag]);
  t.match(
    kernel.events.map(({ call, args, equivalent }) => [call, args.replace(/^\d+/, 'FD'), equivalent]),
    [
      ['unshare', 'CLONE_NEWNET|CLONE_NEWIPC|CLONE_NEWUTS', 'unshare --net --ipc --uts'],
      ['setns', 'FD, CLONE_NEWNET', 'exit'],
      ['setns', 'FD, CLONE_NEWIPC', 'exit'],
      ['setns', 'FD, CLONE_NEWUTS', 'exit'],
    ],
  );
  const joining = recorder();
  enter(joining, { join: [['net', 77]] }, () => undefined);
  t.same(joining.calls[0], ['setns', 77, KINDS.net.flag]);
  t.equal(joining.calls.length, 2);
  const both = recorder();
  enter(both, { join: [['net', 77]], unshare: ['uts'] }, () => undefined);
  t.same(
    both.calls.map(([name, first]) => [name, first === 77 || name === 'unshare' ? first : 'home']),
    [
      ['setns', 77],
      ['unshare', KINDS.uts.flag],
      ['setns', 'home'],
      ['setns', 'home'],
    ],
    'into an existing one and a new one, and home from both',
  );
  const nowhere = recorder();
  t.equal(
    enter(nowhere, { unshare: [] }, () => 7),
    7,
  );
  t.same(nowhere.calls, [], 'no kinds, no calls');
});

t.test('who may neither leave nor come home has never been away, and is not lost', async (t) => {
  await prepareWindow();
  const refused = recorder({ setns: { errno: 1 } });
  t.throws(() => enter(refused, { join: [['net', 77]] }, () => t.fail('inside')), {
    message: /^setns\(77, CLONE_NEWNET\) failed: EPERM/,
  });
  t.equal(refused.calls.length, 2, 'it tried to come home all the same (that it aborts when away: below)');
});

t.test('whatever goes wrong inside, the thread comes home and the next window works', async (t) => {
  await prepareWindow();
  const unshareFails = recorder({ unshare: { errno: 28 } });
  let ran = false;
  const body = () => {
    ran = true;
  };
  t.throws(() => enter(unshareFails, { unshare: ['net'] }, body), {
    name: 'SyscallError',
    message: 'unshare(CLONE_NEWNET) failed: ENOSPC (no space left on device)',
    hint: /max_\*_namespaces/,
  });
  t.notOk(ran);
  t.same(
    unshareFails.calls.map(([name]) => name),
    ['unshare', 'setns'],
    'home all the same',
  );

  const cases: [string, () => unknown, { name?: string; message: string | RegExp }][] = [
    [
      'an error',
      () => {
        throw new RangeError('mine');
      },
      { name: 'RangeError', message: 'mine' },
    ],
    ['a promise', async () => 7, { name: 'OperationError', message: /must be synchronous/ }],
    [
      'a rejecting one',
      async () => {
        throw new Error('nobody hears');
      },
      { message: /must be synchronous/ },
    ],
    // biome-ignore lint/suspicious/noThenProperty: a thenable is what is tried
    ['a thenable', () => ({ then() {} }), { message: /must be synchronous/ }],
    ['a window', () => enter(recorder(), { unshare: [] }, () => 7), { message: /a window inside a window/ }],
  ];
  for (const [what, run, expected] of cases) {
    const kernel = recorder();
    t.throws(() => enter(kernel, { unshare: ['uts'] }, run as () => number), expected, what);
    t.same(
      kernel.calls.map(([name]) => name),
      ['unshare', 'setns'],
      `${what}: home before it was refused`,
    );
  }
  t.equal(
    enter(recorder(), { unshare: ['uts'] }, () => 7),
    7,
  );
});

t.test('a body that is not synchronous does not compile', async (t) => {
  await prepareWindow();
  const kernel: Kernel = recorder();
  const to = { unshare: [] } as const;
  // The lines below are checked by tsc: each @ts-expect-error that met no error would be one.
  // @ts-expect-error a promise
  t.throws(() => enter(kernel, to, async () => {}));
  // @ts-expect-error a promise of something
  t.throws(() => enter(kernel, to, async () => 7));
  // @ts-expect-error a promise that is only handed through
  t.throws(() => enter(kernel, to, () => Promise.resolve('x')));
  const thenable = Promise.resolve(7) as PromiseLike<number>;
  // @ts-expect-error a thenable that is no promise
  t.throws(() => enter(kernel, to, () => thenable));
  // @ts-expect-error mnt: unshare(CLONE_NEWNS) splits the working directory of this thread off for good
  t.doesNotThrow(() => [() => enter(kernel, { unshare: ['mnt'] }, () => 7)]);
  // @ts-expect-error user: EINVAL in a process of several threads
  t.doesNotThrow(() => [() => enter(kernel, { unshare: ['user'] }, () => 7)]);
  // @ts-expect-error time: there is no way home
  t.doesNotThrow(() => [() => enter(kernel, { unshare: ['time'] }, () => 7)]);
  const word: string = enter(kernel, to, () => 'a word');
  enter(kernel, to, () => {});
  t.equal(word, 'a word', 'and what is synchronous does (negative control)');
});

t.test('only from the main thread', async (t) => {
  const program = await bundle(
    t,
    `import { parentPort } from 'node:worker_threads';
     import { enter, prepareWindow } from './src/ns/window.ts';
     const said = [];
     await prepareWindow().catch((error) => said.push(error.name + ': ' + error.message, error.hint));
     try { enter({} as never, { unshare: ['net'] }, () => 7); } catch (error) { said.push((error as Error).message); }
     parentPort?.postMessage(said);`,
  );
  const worker = new Worker(program, { execArgv: [] });
  const said = await new Promise<string[]>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  await worker.terminate();
  t.match(said, [
    'OperationError: namespaces can be entered from the main thread only',
    /main thread/,
    /no way home from/,
  ]);
});

t.test('the table of kinds and the identity of a namespace', async (t) => {
  t.same(ALL_KINDS, ['net', 'ipc', 'uts', 'pid', 'mnt', 'user', 'cgroup', 'time']);
  t.equal(flagsOf([]), 0);
  t.equal(flagsOf(['net', 'net', 'ipc']), KINDS.net.flag | KINDS.ipc.flag);
  t.equal(new Set(ALL_KINDS.map((kind) => KINDS[kind].flag)).size, 8);
  t.same(windowKinds(['mnt', 'pid', 'user', 'net', 'time', 'cgroup']).sort(), ['cgroup', 'net', 'pid']);
  t.same(
    ALL_KINDS.filter((kind) => KINDS[kind].byNode).sort(),
    windowKinds(ALL_KINDS).sort(),
    'the table and the window agree on what Node may do',
  );
  const own = namespacesOf('self');
  t.same(own, namespacesOf(process.pid));
  t.same(Object.keys(own), [...ALL_KINDS]);
  t.ok(sameNamespace(own.net, namespaceAt('/proc/thread-self/ns/net')));
  t.notOk(sameNamespace(own.net, own.ipc));
  t.notOk(sameNamespace(undefined, undefined), 'unknown is not the same as unknown');
  t.notOk(own.net && sameNamespace(own.net, { ...own.net, dev: own.net.dev + 1 }));
  t.same(namespacesOf(2 ** 22 + 1), {});
  t.equal(namespaceAt('/proc/self/ns/nothing'), undefined);
});

if (requires(t, 'root')) {
  t.test('R9: ten thousand windows, and no thread is anywhere but at home', async (t) => {
    const COUNT = 10_000;
    const program = await bundle(t, new URL('window-probe.ts', import.meta.url));
    const seed = Number(process.env.NSLAB_SEED ?? randomInt(2 ** 30));
    const { status, stdout, stderr } = await runNode(program, String(COUNT), String(seed));
    t.match({ status, stderr }, { status: 0, stderr: '' }, `seed ${seed}`);
    const seen = JSON.parse(stdout) as {
      wrong: string[];
      wrongs: number;
      outcomes: Record<string, number>;
      seconds: number;
      tasks: number;
      control: string[];
    };
    t.same(seen.wrong, [], `0 stray of ${seen.tasks} threads, seed ${seed}`);
    t.equal(seen.wrongs, 0);
    t.ok(seen.tasks > 5, 'there were threads that could have strayed');
    t.same(seen.control, ['thread N: uts uts:[N]'], 'the sweep sees one that has (negative control)');
    const { outcomes } = seen;
    const must =
      'OperationError: the body of a window must be synchronous: its promise would go on outside, at home';
    const nested =
      'OperationError: a window inside a window: the outer one would come home to the wrong place';
    const expected = {
      number: 'returned',
      nothing: 'returned',
      null: 'returned',
      throw: 'RangeError: of the body',
      'throw a word': 'a word',
      promise: must,
      rejecting: must,
      thenable: must,
      'thenable function': must,
      nested,
      'nested, nowhere': nested,
    };
    const lines = Object.entries(expected).map(([body, end]) => `${body}: ${end}`);
    const fails = [
      'not a namespace: setns(CLONE_NEWIPC) failed: EINVAL (invalid argument)',
      'of another kind: setns(CLONE_NEWIPC) failed: EINVAL (invalid argument)',
      'not open: setns(CLONE_NEWIPC) failed: EBADF (bad file descriptor)',
    ];
    t.same(
      Object.keys(outcomes).sort(),
      [...lines, ...fails, 'child 0'].sort(),
      'each body ended as it must',
    );
    const windows = lines.reduce((sum, line) => sum + (outcomes[line] ?? 0), 0);
    t.equal(windows, COUNT);
    t.ok((outcomes['child 0'] ?? 0) > COUNT / 10, `${outcomes['child 0']} children were born as PID 1`);
    t.comment(`${COUNT} windows in ${seen.seconds.toFixed(1)} s`);
  });
}

if (requires(t, 'root', 'strace')) {
  t.test('who cannot come home aborts, after one line that says why', async (t) => {
    const program = await bundle(t, new URL('window-probe.ts', import.meta.url));
    const lose = async (inject: string) =>
      await start([
        ...['sh', '-c', 'ulimit -c 0; exec "$@"', 'sh'],
        ...[
          'strace',
          '-o',
          '/dev/null',
          '-e',
          'trace=setns',
          ...(inject ? ['-e', `inject=setns:${inject}`] : []),
        ],
        ...[process.execPath, program, 'lose'],
      ]).ended;
    const whole = await lose('');
    t.match(whole, { status: 0, signal: null, stdout: /^came home from net:\[\d+\]\n$/, stderr: '' });
    for (const errno of ['EPERM', 'EBADF', 'ENOMEM']) {
      const lost = await lose(`error=${errno}:when=1`);
      t.match(lost, { status: null, signal: 'SIGABRT', stdout: '' }, `${errno} on the way home`);
      t.match(
        lost.stderr.split('\n')[0],
        new RegExp(
          `^nslab: this thread cannot leave a pod's namespace \\(SyscallError: setns\\(\\d+, CLONE_NEWNET\\) failed: ${errno} .*\\): aborting, so that nothing more is done there$`,
        ),
      );
      t.notMatch(lost.stderr, /SyscallError[^\n]*\n[^\n]*SyscallError/, 'said once');
    }
    const lied = await lose('retval=0:when=1');
    t.match(lied, { signal: 'SIGABRT', stdout: '' }, 'a setns that succeeds and does nothing is seen, too');
    t.match(lied.stderr, /net is net:\[\d+\], home is net:\[\d+\]/);
    const later = await lose('error=EPERM:when=2');
    t.match(later, { status: 0 }, 'there was one way home, and no second (negative control)');
  });
}

t.test('a failed setns on the way out names the call', async (t) => {
  await prepareWindow();
  const fd = openSync('/', 'r');
  let first = true;
  const kernel = recorder({
    setns: () => {
      const answer = first ? { errno: 22 } : 0;
      first = false;
      return answer;
    },
  });
  t.throws(() => enter(kernel, { join: [['net', fd]] }, () => 7), SyscallError);
  t.equal(kernel.calls.length, 2, 'and home was sought all the same');
});
