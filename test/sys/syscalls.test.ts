import { existsSync, openSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import t, { type Test } from 'tap';
import * as numbers from '../../src/sys/constants.ts';
import { errnoWords, errorCode, InputError, OperationError, SyscallError } from '../../src/sys/errors.ts';
import { Interrupts } from '../../src/sys/interrupts.ts';
import { openLibc } from '../../src/sys/libc.ts';
import { signalProcess } from '../../src/sys/signal.ts';
import {
  closeOnExecFrom,
  flock,
  pidfdOpen,
  pidfdSendSignal,
  pipe,
  sethostname,
} from '../../src/sys/syscalls.ts';
import { recorder } from './recorder.ts';

const CLONE = ['TIME', 'NS', 'CGROUP', 'UTS', 'IPC', 'USER', 'PID', 'NET'].map((kind) => `CLONE_NEW${kind}`);

t.test(
  'each call reaches the C library with its raw, and the transcript with its symbolic arguments',
  async (t) => {
    const kernel = recorder({ pidfd_open: 42 });
    sethostname(kernel, 'wéb');
    t.equal(pidfdOpen(kernel, 4242), 42);
    pidfdSendSignal(kernel, 42, { signal: 'SIGTERM', pid: 4242, purpose: 'a test' });
    flock(kernel, 7, numbers.LOCK_EX | numbers.LOCK_NB, 'a test');
    closeOnExecFrom(kernel, 3);
    t.same(kernel.calls, [
      ['sethostname', 'wéb', 4],
      ['pidfd_open', 4242, 0],
      ['pidfd_send_signal', 42, 15, null, 0],
      ['flock', 7, 6],
      ['close_range', 3, 0xffffffff, 4],
    ]);
    t.same(
      kernel.events.map(({ call, args, equivalent }) => [`${call}(${args})`, equivalent]),
      [
        ['sethostname("wéb", 4)', 'hostname wéb'],
        ['pidfd_open(4242, 0)', undefined],
        ['pidfd_send_signal(42, SIGTERM, NULL, 0)', 'kill -s TERM 4242'],
        ['flock(7, LOCK_NB|LOCK_EX)', undefined],
        ['close_range(3, ~0U, CLOSE_RANGE_CLOEXEC)', undefined],
      ],
    );
    for (const event of kernel.events) {
      t.match(event, { channel: 'syscall', who: process.pid, t: Number, us: Number });
      t.notOk('errno' in event, 'errno is stale after a success, and not shown');
      t.ok(event.us >= 0 && event.us < 1e6 && Number.isSafeInteger(event.t));
    }
    t.equal(kernel.events[1]?.result, 42);
  },
);

t.test(
  'a failure is in the transcript, and thrown as what was called, which errno, what to do',
  async (t) => {
    const kernel = recorder({ sethostname: { errno: 1 } });
    const error = thrown(() => sethostname(kernel, 'web'));
    t.ok(error instanceof SyscallError && error instanceof OperationError && !(error instanceof InputError));
    t.match(error, {
      name: 'SyscallError',
      code: 'EPERM',
      errno: 1,
      syscall: 'sethostname',
      message: 'sethostname("web", 3) failed: EPERM (operation not permitted)',
      hint: /CAP_SYS_ADMIN in the UTS namespace/,
    });
    t.match(kernel.events, [{ call: 'sethostname', result: -1, errno: 1 }]);
    t.equal(errorCode(error), 'EPERM');
    t.equal(errorCode(new Error('no code')), undefined);
    t.equal(errorCode({ code: 'EPERM' }), undefined, 'only errors have codes');
  },
);

t.test('hints: by call and errno, else by errno, else none', async (t) => {
  const hint = (call: string, errno: number) => new SyscallError(call, '', errno).hint;
  t.match(hint('unshare', constants.errno.ENOSPC), /max_\*_namespaces/);
  t.match(hint('unshare', constants.errno.EPERM), /sudo/);
  t.match(hint('setns', constants.errno.EPERM), /joining a namespace/);
  t.match(hint('flock', constants.errno.EMFILE), /ulimit -n/);
  t.match(hint('close_range', constants.errno.ENOSYS), /^this kernel or C library lacks the call/);
  t.equal(hint('flock', constants.errno.EBADF), undefined);
  t.equal(hint('flock', constants.errno.ENOSPC), undefined, 'a full namespace table is not what flock means');
  t.match(new OperationError('x', { hint: 'y', cause: 1 }), { hint: 'y', cause: 1 });
  t.notOk('cause' in new OperationError('x'));
});

t.test('errno names and meanings are the system’s', async (t) => {
  const same: Record<string, string> = { EWOULDBLOCK: 'EAGAIN', EOPNOTSUPP: 'ENOTSUP', EDEADLOCK: 'EDEADLK' };
  // What the calls of nslab and of its shim can fail with, by their man pages.
  const possible = [
    ...[
      'EACCES',
      'EAGAIN',
      'EBADF',
      'EBUSY',
      'ECHILD',
      'EEXIST',
      'EFAULT',
      'EFBIG',
      'EINTR',
      'EINVAL',
      'EIO',
    ],
    ...[
      'EISDIR',
      'ELOOP',
      'EMFILE',
      'EMLINK',
      'ENAMETOOLONG',
      'ENFILE',
      'ENODEV',
      'ENOENT',
      'ENOEXEC',
      'ENOMEM',
    ],
    ...['ENOSPC', 'ENOSYS', 'ENOTDIR', 'ENOTEMPTY', 'ENXIO', 'EOVERFLOW', 'EPERM', 'EPIPE', 'EROFS', 'ESRCH'],
    ...['ETXTBSY', 'EXDEV', 'EWOULDBLOCK', 'EOPNOTSUPP', 'E2BIG', 'EDQUOT', 'ESTALE', 'ENOLCK', 'EUSERS'],
  ];
  const known: Record<string, number> = { ...constants.errno, EUSERS: 87 };
  for (const name of possible) {
    const [word, meaning] = errnoWords(known[name] as number);
    t.equal(word, same[name] ?? name);
    t.ok(meaning.length > 3 && meaning !== 'unknown error', `${name}: ${meaning}`);
  }
  t.same(errnoWords(99999), ['errno 99999', 'unknown error']);
});

t.test('flags are shown by name, and what has no name by number', async (t) => {
  const { symbolic } = numbers;
  t.equal(symbolic(numbers.CLONE_NEWNET | numbers.CLONE_NEWIPC, 'clone'), 'CLONE_NEWNET|CLONE_NEWIPC');
  t.equal(symbolic(numbers.LOCK_SH, 'lock'), 'LOCK_SH');
  t.equal(symbolic(numbers.LOCK_UN, 'lock'), 'LOCK_UN');
  t.equal(symbolic(numbers.CLONE_NEWNS | 0x100, 'clone'), 'CLONE_NEWNS|0x100');
  t.equal(symbolic(0, 'clone'), '0x0');
  for (const name of CLONE) t.equal(symbolic(numbers[name as keyof typeof numbers] as number, 'clone'), name);
});

t.test('numbers are those of the kernel’s headers', async (t) => {
  const clone = header(t, '/usr/include/linux/sched.h');
  for (const name of clone ? CLONE : []) t.equal(numbers[name as keyof typeof numbers], clone?.(name), name);
  // glibc's copies of asm-generic/fcntl.h: LOCK_* stand in both.
  const fcntl = header(t, '/usr/include/asm-generic/fcntl.h');
  for (const name of fcntl ? (['LOCK_SH', 'LOCK_EX', 'LOCK_NB', 'LOCK_UN', 'O_CLOEXEC'] as const) : [])
    t.equal(numbers[name], fcntl?.(name), name);
  const range = header(t, '/usr/include/linux/close_range.h');
  if (range) t.equal(numbers.CLOSE_RANGE_CLOEXEC, range('CLOSE_RANGE_CLOEXEC'));
  if (clone) t.equal(clone('CLONE_NEWNOTHING'), undefined, 'and a name that is in no header has no number');
});

t.test('pipe2: both ends are usable and close-on-exec', async (t) => {
  const kernel = { ...recorder(), libc: await openLibc() };
  const [read, write] = pipe(kernel, 'a test');
  t.ok(read > 2 && write > 2 && read !== write);
  const flags = (fd: number) =>
    Number.parseInt(/^flags:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? '', 8);
  for (const fd of [read, write]) t.equal(flags(fd) & numbers.O_CLOEXEC, numbers.O_CLOEXEC);
  t.match(
    thrown(() => flock(kernel, 9999, numbers.LOCK_EX, 'a test')),
    { code: 'EBADF' },
    'errno of the real library',
  );
});

t.test('signalProcess: through a descriptor, to this very process, or not at all', async (t) => {
  const me = { pid: process.pid, isRunning: () => true };
  const opened = () => openSync('/dev/null', 'r');
  const right = recorder({ pidfd_open: opened });
  t.equal(signalProcess(right, me, 'SIGKILL', 'a test'), true);
  t.match(
    right.calls.map(([name]) => name),
    ['pidfd_open', 'pidfd_send_signal'],
  );
  const reused = recorder({ pidfd_open: opened });
  t.equal(signalProcess(reused, { ...me, isRunning: () => false }, 'SIGKILL', 'a test'), false);
  t.same(reused.calls, [['pidfd_open', me.pid, 0]], 'whoever has the number now is spared');
  for (const pid of [1, 0, -1, -me.pid, 1.5, Number.NaN]) {
    const none = recorder({ pidfd_open: opened });
    t.equal(signalProcess(none, { ...me, pid }, 'SIGKILL', 'a test'), false);
    t.same(none.calls, [], `a damaged record (pid ${pid}) reaches nobody`);
  }
  t.equal(
    signalProcess(recorder({ pidfd_open: { errno: 3 } }), me, 'SIGTERM', 'a test'),
    false,
    'ESRCH: gone',
  );
  const late = recorder({ pidfd_open: opened, pidfd_send_signal: { errno: 3 } });
  t.equal(signalProcess(late, me, 'SIGTERM', 'a test'), false);
  const denied = recorder({ pidfd_open: opened, pidfd_send_signal: { errno: 1 } });
  t.throws(() => signalProcess(denied, me, 'SIGTERM', 'a test'), {
    code: 'EPERM',
    syscall: 'pidfd_send_signal',
  });
});

t.test('an interrupt waits for the next step, a second one leaves', async (t) => {
  const left: string[] = [];
  const interrupts = new Interrupts((signal) => left.push(signal));
  interrupts.check();
  interrupts.raise('SIGINT');
  t.same(left, []);
  t.throws(() => interrupts.check(), { signal: 'SIGINT', message: /interrupted by SIGINT/ });
  interrupts.raise('SIGTERM');
  t.same(left, ['SIGTERM']);
});

function thrown(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/** The value of a #define: decimal, octal, hexadecimal, or `(1U << N)`. Undefined, with a skip, without the header. */
function header(t: Test, path: string): ((name: string) => number | undefined) | undefined {
  if (!existsSync(path)) {
    if (process.env.NSLAB_MUST_WORK === '1') t.fail(`no ${path}, and NSLAB_MUST_WORK=1`);
    else t.pass(`skipped: no ${path}`, { skip: `this machine has no ${path} (linux-libc-dev)` });
    return undefined;
  }
  const text = readFileSync(path, 'utf8');
  return (name) => {
    const value = new RegExp(`^\\s*#define\\s+${name}\\s+(\\S.*?)\\s*(?:/\\*.*)?$`, 'm').exec(text)?.[1];
    const shift = /^\(?1U?\s*<<\s*(\d+)\)?$/.exec(value ?? '');
    if (shift) return 2 ** Number(shift[1]);
    if (value === undefined) return undefined;
    return value.startsWith('0x') ? Number(value) : Number.parseInt(value, value.startsWith('0') ? 8 : 10);
  };
}
