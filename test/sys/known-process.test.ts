import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openersBelow, openersOf } from '../../src/observe/openers.ts';
import { childOf, openerOf, runs, watchEnd } from '../../src/sys/known-process.ts';
import { openLibc } from '../../src/sys/libc.ts';
import { pidsOf, readStat, showsOurPids } from '../../src/sys/procfs.ts';
import { signalProcess } from '../../src/sys/signal.ts';
import { until } from '../eventually.ts';
import { recorder } from './recorder.ts';

t.test('an opener: by the device and inode of what it has open under a number', async (t) => {
  const directory = t.testdir({ alive: '', other: '', below: { alive: '' } });
  const path = join(directory, 'alive');
  const { pid, end } = sleeper(t, path);
  t.equal(openerOf(path, 4, pid).isRunning(), true);
  t.equal(openerOf(path, 3, pid).isRunning(), false, 'not under another number');
  t.equal(openerOf(join(directory, 'other'), 4, pid).isRunning(), false, 'not another file');
  t.equal(openerOf(join(directory, 'below/alive'), 4, pid).isRunning(), false, 'not one of the same name');
  t.equal(openerOf(path, 4, process.pid).isRunning(), false, 'not another process');
  t.same(numbers(openersOf(path, 4)), [pid], 'found among all processes');

  renameSync(join(directory, 'other'), path);
  t.equal(openerOf(path, 4, pid).isRunning(), true, 'its file was replaced');
  rmSync(directory, { recursive: true });
  t.equal(openerOf(path, 4, pid).isRunning(), true, 'and removed, with the directory');
  t.match(openersBelow([directory], 4), [{ pid, path, removed: true }]);
  writeFileSync(directory, '');
  t.same(numbers(openersOf(path, 4)), [pid], 'a directory on the way is a file now');

  process.kill(pid, 'SIGKILL');
  await end;
  t.equal(openerOf(path, 4, pid).isRunning(), false, 'gone');
  t.same(openersOf(path, 4), []);
  rmSync(directory);
});

t.test('a child of a known process', async (t) => {
  const path = join(t.testdir({ status: '' }), 'status');
  const parent = spawn('bash', ['-c', `sleep 100 & echo $!; exec sleep 100 4<${path}`], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  t.teardown(() => parent.kill('SIGKILL'));
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const child = Number(line);
  t.teardown(() => process.kill(child, 'SIGKILL'));
  const shim = openerOf(path, 4, parent.pid ?? 0);
  await until(() => shim.isRunning());
  t.equal(childOf(shim, child).isRunning(), true);
  t.equal(childOf(shim, process.pid).isRunning(), false, 'not a child of another one');
  t.equal(childOf(openerOf(path, 5, parent.pid ?? 0), child).isRunning(), false, 'not of what is not known');
  await watchEnd([childOf(shim, child)], async (haveEnded) => {
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    t.equal(childOf(shim, child).isRunning(), false, 'it has another parent now, and cannot be recognized');
    t.equal(haveEnded(), false, 'but who watches it sees that it runs');
  });
  t.equal(runs(child), true);
});

t.test('an opener: not the child of one, which is about to close what it has inherited', async (t) => {
  const directory = t.testdir({ record: '' });
  const path = join(directory, 'record');
  const parent = spawn('bash', ['-c', `exec 4<${path}; sleep 100 & echo $!; wait`], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  t.teardown(() => parent.kill('SIGKILL'));
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const child = Number(line);
  t.teardown(() => process.kill(child, 'SIGKILL'));
  t.equal(openerOf(path, 4, child).isRunning(), true, 'it has it open');
  t.same(numbers(openersOf(path, 4)), [parent.pid]);
  t.same(numbers(openersBelow([directory], 4)), [parent.pid]);
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  t.same(numbers(openersOf(path, 4)), [child], 'without its parent it is found (control)');
  t.same(numbers(openersBelow([directory], 4)), [child]);
});

t.test('watchEnd: a zombie has ended, and what was not ours is not waited for', async (t) => {
  const path = join(t.testdir({ alive: '' }), 'alive');
  const [ours, other] = [sleeper(t, path), sleeper(t, path)];
  const innocent = openerOf(path, 5, other.pid);
  await watchEnd([openerOf(path, 4, ours.pid), innocent], async (haveEnded) => {
    t.equal(haveEnded(), false);
    process.kill(ours.pid, 'SIGKILL');
    await until(haveEnded);
  });
  t.equal(runs(other.pid), true, 'it still runs');
  await ours.end;
  await watchEnd([openerOf(path, 4, ours.pid)], async (haveEnded) => t.equal(haveEnded(), true));
});

t.test(
  'a descriptor of another process than /proc shows under the number: nothing is signalled',
  async (t) => {
    const path = join(t.testdir({ alive: '' }), 'alive');
    const [one, other] = [sleeper(t, path), sleeper(t, path)];
    const libc = await openLibc();
    const signalled = (pinned: number) => {
      const kernel = recorder({ pidfd_open: () => libc('pidfd_open', [pinned, 0]).result });
      return signalProcess(kernel, openerOf(path, 4, one.pid), 'SIGTERM', 'a test');
    };
    t.equal(signalled(other.pid), false);
    t.equal(signalled(one.pid), true, 'of this one it is (control)');
  },
);

t.test('numbers of a process', async (t) => {
  t.same(pidsOf(process.pid).slice(0, 1), [process.pid]);
  t.same(pidsOf(2 ** 22 + 1), []);
  t.equal(showsOurPids(), true);
  t.equal(readStat(process.pid)?.exiting, false);
});

/** A process that has a file open as 4, by the time this returns. */
function sleeper(t: Test, path: string): { readonly pid: number; readonly end: Promise<unknown> } {
  const fd = openSync(path, 'r');
  const child: ChildProcess = spawn('sleep', ['100'], {
    stdio: ['ignore', 'ignore', 'ignore', 'ignore', fd],
  });
  closeSync(fd);
  t.teardown(() => child.kill('SIGKILL'));
  return { pid: child.pid ?? 0, end: once(child, 'exit') };
}

function numbers(found: readonly { readonly pid: number }[]): number[] {
  return found.map(({ pid }) => pid);
}
