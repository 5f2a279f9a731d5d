import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, readlinkSync, symlinkSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { openLibc } from '../../src/sys/libc.ts';
import { openPosixSpawn } from '../../src/sys/posix-spawn.ts';
import {
  bootId,
  catches,
  identify,
  isRunning,
  readMaybe,
  readProcLink,
  readStat,
} from '../../src/sys/procfs.ts';
import { program } from '../../src/sys/programs.ts';
import { openSpawn, type Program } from '../../src/sys/spawn.ts';
import { openSysctl } from '../../src/sys/sysctl.ts';
import type { Event } from '../../src/transcript/event.ts';
import { Transcript } from '../../src/transcript/transcript.ts';
import { until } from '../eventually.ts';

const NOBODY = 2 ** 22 + 1; // above the highest pid_max

t.test('/proc/PID/stat of a process whose name is written to deceive', async (t) => {
  const directory = t.testdir();
  for (const name of ['a b', 'x) R (y 1 2', '((', '))', ') Z 1 1 1', 'new\nline)']) {
    symlinkSync('/bin/sleep', join(directory, name));
    const child = spawn(join(directory, name), ['100']);
    await until(() => readlinkSync(`/proc/${child.pid}/exe`).endsWith('sleep'));
    const stat = readStat(child.pid ?? 0);
    t.match(stat, { comm: name, state: /^[RSD]$/, parent: process.pid }, JSON.stringify(name));
    t.ok(isRunning({ pid: child.pid ?? 0, startTime: stat?.startTime ?? 0 }), 'and its start time is right');
    await end(child);
  }
  t.match(readStat(process.pid), { parent: process.ppid, startTime: Number });
  t.equal(readStat(NOBODY), undefined);
});

t.test('running: this very process, and not a zombie', async (t) => {
  const parent = spawn('bash', ['-c', 'sleep 100 & echo $!; exec sleep 100'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const zombie = Number(line.toString());
  const identity = identify(zombie);
  if (!identity || parent.pid === undefined) throw new Error('no zombie');
  const ready = () => readlinkSync(`/proc/${parent.pid}/exe`).endsWith('sleep');
  await until(ready); // a shell would reap it
  process.kill(zombie, 'SIGKILL');
  await until(() => readStat(zombie)?.state === 'Z');
  process.kill(zombie, 0);
  t.pass('kill(pid, 0) says that the zombie is alive (negative control)');
  t.equal(isRunning(identity), false);
  const living = identify(parent.pid);
  if (!living) throw new Error('no parent');
  t.equal(isRunning(living), true);
  t.equal(isRunning({ ...living, startTime: living.startTime + 1 }), false, 'another process with its pid');
  t.equal(isRunning({ ...living, startTime: 0 }), false, 'a record without a start time');
  t.equal(isRunning({ pid: NOBODY, startTime: living.startTime }), false);
  t.equal(identify(NOBODY), undefined);
  await end(parent);
  t.equal(isRunning(living), false);
});

t.test('which signals a process catches', async (t) => {
  const deaf = spawn('sleep', ['100']);
  const hears = spawn('bash', ['-c', 'trap : USR1 TERM; echo; while :; do sleep 0.1; done'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(hears.stdout, 'data');
  const pid = hears.pid ?? 0;
  t.equal(catches(pid, constants.signals.SIGUSR1), true);
  t.equal(catches(pid, constants.signals.SIGTERM), true);
  t.equal(catches(pid, constants.signals.SIGKILL), false);
  t.equal(catches(deaf.pid ?? 0, constants.signals.SIGTERM), false);
  t.equal(catches(NOBODY, 15), undefined);
  await Promise.all([end(deaf), end(hears)]);
});

t.test('small readers', async (t) => {
  t.match(bootId(), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  t.equal(bootId(), bootId());
  t.match(readProcLink('/proc/self/ns/net'), /^net:\[\d+\]$/);
  t.equal(readProcLink(`/proc/${NOBODY}/ns/net`), undefined);
  t.equal(readMaybe('/proc/sys/kernel/ostype'), 'Linux\n');
  t.equal(readMaybe('/proc/nothing'), undefined);
  t.match(program('pause'), /\/native\/bin\/pause$/);
  t.match(program('shim'), /\/native\/bin\/shim$/);
});

t.test('the channel `spawn`: what a program gets is named, and nothing else', async (t) => {
  const events: Event[] = [];
  const channel = openSpawn(new Transcript((event) => events.push(event)));
  const wish: Program = {
    file: '/bin/bash',
    argv: ['other-name', '-c', 'env; echo "|$0|$PWD|"', 'zero'],
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ONLY: 'this', PATH: process.env.PATH ?? '' },
    purpose: 'a test',
    bornInto: 'new net',
    session: 'own',
  };
  const { child, pid } = channel(wish);
  t.equal(child.pid, pid);
  const text = await output(child);
  t.match(text, 'ONLY=this\n');
  t.notMatch(text, /^(HOME|USER|TERM|LANG|TAP)=/m, 'our own environment is not passed on');
  t.match(text, '|zero|/|');
  t.match(events, [
    { channel: 'spawn', call: 'execve', result: pid, args: /^other-name -c .* \(born into new net\)$/ },
  ]);

  const { child: sessions } = channel({ ...wish, argv: ['bash', '-c', 'ps -o sid= -p $$; echo $$'] });
  const [own, self] = (await output(sessions)).split('\n').map(Number);
  t.equal(own, self, 'a session of its own: no Ctrl-C reaches it');
});

t.test('a program that cannot be started is one error that says why', async (t) => {
  const events: Event[] = [];
  const channel = openSpawn(new Transcript((event) => events.push(event)));
  const wish = {
    stdio: ['ignore', 'ignore', 'ignore'],
    env: {},
    purpose: 'a test',
    bornInto: 'x',
    session: 'own',
  } as const;
  const directory = t.testdir({ plain: 'no program' });
  for (const [file, why] of [
    [join(directory, 'absent'), /ENOENT/],
    [join(directory, 'plain'), /EACCES/],
  ] as const) {
    t.throws(() => channel({ ...wish, file, argv: [file] }), {
      name: 'OperationError',
      message: why,
      hint: /make -C native/,
    });
  }
  t.match(events, [
    { call: 'execve', result: -1 },
    { call: 'execve', result: -1 },
  ]);
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  t.pass('and no second, unhandled error comes later');
});

t.test('the channel `sysctl`', async (t) => {
  const events: Event[] = [];
  const sysctl = openSysctl(new Transcript((event) => events.push(event)));
  t.equal(sysctl.read('kernel/ostype'), 'Linux');
  t.equal(sysctl.read('kernel/no_such_setting'), undefined);
  t.equal(sysctl.write('kernel/ostype', 'Linux', 'a test'), 'Linux', 'it is so already');
  t.same(events, [], 'so nothing was written, and nothing is told');
  t.throws(
    () => sysctl.write('kernel/no_such_setting', '1', 'a test'),
    /no setting \/proc\/sys\/kernel\/no_such_setting/,
  );
  // Read-only for everybody, root too: a harmless failure.
  t.throws(() => sysctl.write('kernel/ostype', 'Plan9', 'a test'), {
    name: 'OperationError',
    message: /cannot write \/proc\/sys\/kernel\/ostype: E(ACCES|PERM|ROFS)/,
    hint: /read-only/,
  });
  t.match(events, [
    {
      channel: 'sysctl',
      args: 'kernel/ostype: Linux -> Plan9',
      result: -1,
      errno: Number,
      equivalent: 'echo Plan9 > /proc/sys/kernel/ostype',
    },
  ]);
  t.ok((events[0]?.errno ?? 0) > 0);
  t.equal(readFileSync('/proc/sys/kernel/ostype', 'utf8'), 'Linux\n');
});

async function output(child: ChildProcess): Promise<string> {
  child.ref();
  let text = '';
  for await (const chunk of child.stdout ?? []) text += chunk;
  return text;
}

async function end(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

t.test('a program is given descriptors that lie among its own', async (t) => {
  const libc = await openLibc();
  const start = openPosixSpawn({ libc, transcript: new Transcript() });
  const directory = t.testdir({ three: 'three', five: 'five' });
  const out = join(directory, 'out');
  const [three, five] = ['three', 'five'].map((name) => openSync(join(directory, name), 'r')) as [
    number,
    number,
  ];
  const log = openSync(out, 'w');
  const padded = Array.from({ length: Math.max(three, five, log) + 2 }, () => 'ignore' as 'ignore' | number);
  // Each is wanted where another one is: copied one after the other, two would be lost.
  padded[1] = log;
  padded[three] = five;
  padded[five] = log;
  padded[log] = three;
  const argv = ['sh', '-c', 'ls -l /proc/self/fd'];
  const env = { PATH: process.env.PATH ?? '' };
  const { reap, pid } = start({
    file: '/bin/sh',
    argv,
    stdio: padded,
    env,
    purpose: 'a test',
    bornInto: 'ours',
  });
  await until(() => readStat(pid)?.state === 'Z');
  reap();
  const found = readFileSync(out, 'utf8');
  const at = (fd: number) => new RegExp(` ${fd} -> (\\S+)`).exec(found)?.[1];
  t.same([at(three), at(five), at(log)], [join(directory, 'five'), out, join(directory, 'three')]);
  t.match(at(padded.length), /^\/proc\/\d+\/fd$/, 'the next is the directory that is listed');
  t.equal(at(padded.length + 1), undefined, 'and nothing of what was put above is left');
  t.equal(readStat(pid), undefined, 'it is no zombie any more');
  for (const fd of [three, five, log]) closeSync(fd);
});
