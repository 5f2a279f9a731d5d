import { spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { openFiles } from '../../src/sys/files.ts';
import { openLibc } from '../../src/sys/libc.ts';
import { LOCK_PATIENCE, lock, tryLock } from '../../src/sys/lock.ts';
import { LockedDirectory } from '../../src/sys/locked-directory.ts';
import { refuseUnsafe } from '../../src/sys/state-dir.ts';
import type { Event } from '../../src/transcript/event.ts';
import { Transcript } from '../../src/transcript/transcript.ts';
import { bundle, start } from '../bundle.ts';
import { PATIENCE } from '../eventually.ts';
import { recorder } from './recorder.ts';

const isRoot = process.getuid?.() === 0;

t.test('forty processes that claim the same names: exactly one gets each', async (t) => {
  const directory = t.testdir();
  const program = await bundle(t, new URL('claimer.ts', import.meta.url));
  const names = ['a', 'naive', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];
  const started = Array.from({ length: 40 }, () =>
    start([process.execPath, program, directory, names.join(',')]),
  );
  while (readdirSync(directory).length < started.length) await sleep(5);
  writeFileSync(join(directory, 'go'), '');
  const ended = await Promise.all(started.map((each) => each.ended));
  t.same([...new Set(ended.map(({ status, stderr }) => `${status}${stderr}`))], ['0']);
  const results = ended.map(({ stdout }) => JSON.parse(stdout) as { pid: number; won: string[] });
  for (const name of names) {
    const winners = results.filter(({ won }) => won.includes(name)).map(({ pid }) => pid);
    const text = readFileSync(join(directory, name), 'utf8');
    if (name === 'naive') t.ok(winners.length > 1, `negative control: ${winners.length} winners`);
    else {
      t.equal(winners.length, 1, `one winner of ${name}`);
      t.equal(text, `${winners[0]} ${'x'.repeat(5000)}`, 'and what it says is the winner’s, whole');
    }
  }
  t.same(
    readdirSync(directory).filter((name) => name.endsWith('.tmp')),
    [],
    'no draft is left',
  );
});

t.test('what is made, replaced, claimed and removed', async (t) => {
  const events: Event[] = [];
  const files = openFiles(new Transcript((event) => events.push(event)));
  const directory = t.testdir({ taken: 'theirs', full: { file: '' }, target: 'untouched' });
  const path = (name: string) => join(directory, name);
  symlinkSync(path('target'), path('link'));
  symlinkSync(path('full'), path('dirlink'));

  t.equal(files.makeDirectory(path('new')), true);
  t.equal(statSync(path('new')).mode & 0o777, 0o700, 'ours alone');
  t.equal(files.makeDirectory(path('new')), false, 'there already');
  t.equal(files.makeDirectory(path('link')), false, 'a link is there already, too');
  t.throws(() => files.makeDirectory(path('none/below')), { code: 'ENOENT' });

  files.create(path('created'), 'text');
  t.equal(statSync(path('created')).mode & 0o777, 0o600);
  for (const name of ['created', 'taken', 'link'])
    t.throws(() => files.create(path(name), 'mine'), { code: 'EEXIST' }, `create refuses ${name}`);
  files.replace(path('taken'), 'mine');
  t.equal(readFileSync(path('taken'), 'utf8'), 'mine');
  t.equal(files.claim(path('taken'), 'again'), false);
  t.equal(readFileSync(path('taken'), 'utf8'), 'mine');
  t.equal(files.claim(path('link'), 'again'), false, 'a link is a name that is taken');

  for (const how of ['lock', 'append', 'record'] as const)
    t.throws(() => files.open(path('link'), how), { code: 'ELOOP' }, `${how}: never through a link`);
  t.throws(() => files.open(path('dirlink'), 'directory'), { code: /ELOOP|ENOTDIR/ });
  t.throws(() => files.open(path('absent'), 'record'), { code: 'ENOENT' }, 'a record is not made by opening');
  t.equal(readFileSync(path('target'), 'utf8'), 'untouched');

  const fd = files.open(path('lockfile'), 'lock');
  t.equal(files.isStill(fd, path('lockfile')), true);
  rmSync(path('lockfile'));
  t.equal(files.isStill(fd, path('lockfile')), false, 'gone');
  writeFileSync(path('lockfile'), '');
  t.equal(files.isStill(fd, path('lockfile')), false, 'and made again it is another one');
  files.close(fd);

  t.equal(files.removeEmpty(path('full')), false);
  t.equal(files.removeEmpty(path('absent')), false);
  t.equal(files.removeEmpty(path('new')), true);
  files.remove(path('created'));
  files.remove(path('created'));
  files.removeTree(path('full'));
  files.removeTree(path('full'));
  t.notOk(existsSync(path('full')) || existsSync(path('created')), 'twice is fine');

  t.same(events, [], 'files of ours are not the kernel’s business');
  t.equal(files.symlink('/proc/1/ns/net', path('netns'), 'a test'), true);
  t.equal(files.symlink('/proc/2/ns/net', path('netns'), 'a test'), false);
  t.match(events, [
    { channel: 'syscall', call: 'symlink', result: 0, equivalent: `ln -s /proc/1/ns/net ${path('netns')}` },
    { channel: 'syscall', call: 'symlink', result: -1, errno: 17 },
  ]);
});

t.test('a lock is the open file’s: who inherits it holds it, and who waits gets it', async (t) => {
  const kernel = { ...recorder(), libc: await openLibc() };
  const files = openFiles(kernel.transcript);
  const path = join(t.testdir(), 'lock');
  const [first, second] = [files.open(path, 'lock'), files.open(path, 'lock')];
  t.equal(tryLock(kernel, first, 'exclusive'), true);
  t.equal(tryLock(kernel, first, 'exclusive'), true, 'again is nothing');
  t.equal(tryLock(kernel, second, 'exclusive'), false);
  t.equal(tryLock(kernel, second, 'shared'), false);
  t.equal(tryLock(kernel, first, 'shared'), true);
  t.equal(tryLock(kernel, second, 'shared'), true, 'two may share');
  t.equal(tryLock(kernel, second, 'exclusive'), false, 'but none is alone then');

  const begun = performance.now();
  await t.rejects(lock(kernel, second, 'exclusive', 'pod "web"', 80), {
    name: 'OperationError',
    message: 'pod "web" is locked by another nslab for more than 0.08 s',
    hint: /fuser -v .*lock/,
  });
  // A slow machine makes it longer, and never shorter.
  t.ok(performance.now() - begun >= 80, 'patience is kept');
  t.equal(LOCK_PATIENCE, 30_000);

  let ticks = 0;
  const ticking = setInterval(() => {
    if (++ticks === 3) files.close(first);
  }, 5);
  await lock(kernel, second, 'exclusive', 'pod "web"', PATIENCE);
  clearInterval(ticking);
  t.ok(ticks > 2, 'the event loop ran while it waited: it let the lock go');

  const child = spawn('sleep', ['100'], { stdio: ['ignore', 'ignore', 'ignore', second] });
  files.close(second);
  const third = files.open(path, 'lock');
  t.equal(tryLock(kernel, third, 'exclusive'), false, 'a child that inherited it holds it');
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
  t.equal(tryLock(kernel, third, 'exclusive'), true);
  files.close(third);

  const answers = [{ errno: 11 }, { errno: 11 }, 0];
  const slow = recorder({ flock: () => answers.shift() ?? 0 });
  await lock(slow, 7, 'shared', 'x');
  t.same(slow.calls, Array(3).fill(['flock', 7, 5]));
  t.throws(() => tryLock(recorder({ flock: { errno: 9 } }), 7, 'shared'), {
    code: 'EBADF',
    syscall: 'flock',
  });
  await t.rejects(lock(recorder({ flock: { errno: 37 } }), 7, 'shared', 'x'), {
    name: 'SyscallError',
    message: /^flock\(7, LOCK_NB\|LOCK_SH\)/,
  });
});

t.test('a shelf is there while somebody uses it, and gone with the last entry', async (t) => {
  const kernel = { ...recorder(), libc: await openLibc() };
  const files = openFiles(kernel.transcript);
  const root = join(rootsOwn(t), 'state');
  const shelf = (): LockedDirectory => new LockedDirectory(root, 'pods', kernel, files);
  const { path } = shelf();
  t.equal(await shelf().locked('exclusive', () => existsSync(path)), true);
  t.notOk(existsSync(root), 'nothing is left of an empty one');
  await t.rejects(
    shelf().locked('shared', () => {
      throw new Error('in the body');
    }),
    { message: 'in the body' },
  );
  t.notOk(existsSync(root));

  let inside = 0;
  let most = 0;
  let alone = true;
  const visit = (mode: 'shared' | 'exclusive') =>
    shelf().locked(mode, async () => {
      inside++;
      most = Math.max(most, inside);
      await sleep(2);
      if (mode === 'exclusive' && inside !== 1) alone = false;
      inside--;
    });
  await Promise.all(Array.from({ length: 60 }, (_, n) => visit(n % 3 === 0 ? 'exclusive' : 'shared')));
  t.ok(alone, 'exclusive is alone');
  t.ok(most > 1, 'shared is not (negative control)');
  t.notOk(existsSync(root), 'sixty visitors left nothing');

  await shelf().locked('shared', () => writeFileSync(join(path, 'entry'), ''));
  t.ok(existsSync(join(path, 'entry')), 'an entry keeps it');
  t.equal(statSync(root).mode & 0o777, 0o700);
  await shelf().locked('shared', () => rmSync(join(path, 'entry')));
  t.notOk(existsSync(root));
  await t.rejects(
    new LockedDirectory('/nonexistent-nslab/state', 'pods', kernel, files).locked('shared', () => {}),
    {
      code: 'ENOENT',
    },
  );
});

t.test('a state directory that others can write is refused, and says why', async (t) => {
  const directory = rootsOwn(t);
  const path = (name: string) => join(directory, name);
  writeFileSync(path('file'), '');
  for (const name of ['real', 'open', 'foreign', 'above', 'above/state', 'above/state/pods'])
    mkdirSync(path(name), 0o700);
  symlinkSync(path('above'), path('way'));
  symlinkSync(path('real'), path('link'));
  symlinkSync(path('nowhere'), path('dangling'));
  refuseUnsafe(path('real'));
  refuseUnsafe(path('absent'));
  const refused = (name: string, why: RegExp) =>
    t.throws(() => refuseUnsafe(path(name)), { name: 'InputError', message: why, hint: /--state-dir/ });
  refused('link', /is a symbolic link/);
  refused('dangling', /is a symbolic link/);
  refused('file', /is not a directory/);
  for (const mode of [0o777, 0o770, 0o722, 0o720, 0o702]) {
    chmodSync(path('open'), mode);
    refused('open', new RegExp(`can be written by others \\(mode ${mode.toString(8)}\\)`));
  }
  if (isRoot) {
    chownSync(path('foreign'), 65534, 65534);
    refused('foreign', /belongs to user 65534/);
  }
  refuseUnsafe(path('above/state'));
  refuseUnsafe(path('way/state'));
  chmodSync(path('above'), 0o777);
  for (const way of ['above/state', 'way/state', 'above/absent', 'above/state/deeper'])
    refused(way, /is not safe there: .*\/above can be written by others \(mode 777\)/);
  chmodSync(path('above'), 0o1777);
  refuseUnsafe(path('above/state'));
  chmodSync(path('above/state/pods'), 0o770);
  refused('above/state', /above\/state\/pods can be written by others \(mode 770\)/);
  const kernel = { ...recorder(), libc: await openLibc() };
  await t.rejects(
    new LockedDirectory(path('link'), 'pods', kernel, openFiles(kernel.transcript)).locked(
      'shared',
      () => {},
    ),
    /symbolic link/,
  );
  t.same(readdirSync(path('real')), [], 'nothing was written through the link');
  mkdirSync(path('real/pods'));
  t.ok(lstatSync(path('link')).isSymbolicLink());
});

/** A directory that nobody else can exchange, as a checkout's need not be. */
function rootsOwn(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), 'nslab-test-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  return directory;
}
