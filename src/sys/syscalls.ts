import { constants, hostname } from 'node:os';
import {
  AF_UNIX,
  CLOSE_RANGE_CLOEXEC,
  MS_PRIVATE,
  MS_SLAVE,
  MS_UNBINDABLE,
  O_CLOEXEC,
  SOCK_STREAM,
  symbolic,
} from './constants.ts';
import { errorCode } from './errors.ts';
import { invoke, type Kernel } from './invoke.ts';
import { readProcLink } from './procfs.ts';

/** Equivalent to: `hostname NAME`. sethostname(2): the name of the calling thread's UTS namespace. */
export function sethostname(kernel: Kernel, name: string): void {
  const length = Buffer.byteLength(name);
  invoke(kernel, {
    name: 'sethostname',
    raw: [name, length],
    args: `${JSON.stringify(name)}, ${length}`,
    purpose: 'the host name that every process in this uts namespace sees',
    equivalent: `hostname ${name}`,
    evidence: () => [`${readProcLink('/proc/thread-self/ns/uts')}: the host name is ${hostname()}`],
  });
}

const PIDFD = 'a descriptor of this very process: its pid may be reused at any moment';

/** pidfd_open(2): a descriptor that names this very process for ever, whatever becomes of its number. */
export function pidfdOpen(kernel: Kernel, pid: number): number {
  return invoke(kernel, { name: 'pidfd_open', raw: [pid, 0], args: `${pid}, 0`, purpose: PIDFD });
}

/** Equivalent to: `kill -s SIGNAL PID`, without the risk of a reused pid. pidfd_send_signal(2). */
export function pidfdSendSignal(
  kernel: Kernel,
  pidfd: number,
  {
    signal,
    pid,
    purpose,
  }: { readonly signal: NodeJS.Signals; readonly pid: number; readonly purpose: string },
): void {
  invoke(kernel, {
    name: 'pidfd_send_signal',
    raw: [pidfd, constants.signals[signal], null, 0],
    args: `${pidfd}, ${signal}, NULL, 0`,
    purpose,
    equivalent: `kill -s ${signal.slice(3)} ${pid}`,
  });
}

/** flock(2) with LOCK_NB, always: waiting is done by lock.ts, with the event loop running. */
export function flock(kernel: Kernel, fd: number, operation: number, purpose: string): void {
  invoke(kernel, {
    name: 'flock',
    raw: [fd, operation],
    args: `${fd}, ${symbolic(operation, 'lock')}`,
    purpose,
  });
}

/**
 * close_range(2): marks every descriptor from `first` on as close-on-exec. Node does so itself only up to the first
 * hole in the table, so that descriptors of the caller's would leak into each workload.
 */
export function closeOnExecFrom(kernel: Kernel, first: number): void {
  invoke(kernel, {
    name: 'close_range',
    raw: [first, 0xffffffff, CLOSE_RANGE_CLOEXEC],
    args: `${first}, ~0U, CLOSE_RANGE_CLOEXEC`,
    purpose: 'children do not inherit what nslab was started with',
  });
}

/** Equivalent to: `mkfifo PATH`. mkfifo(3): whoever reads from it learns when the last who has it open for writing has ended. */
export function mkfifo(kernel: Kernel, path: string, purpose: string): void {
  const args = `"${path}", 0600`;
  invoke(kernel, { name: 'mkfifo', raw: [path, 0o600], args, purpose, equivalent: `mkfifo -m 600 ${path}` });
}

/**
 * Equivalent to: `umount PATH`. umount2(2) without flags, so never a lazy one: false while anything in it is mounted or in use.
 */
export function unmount(kernel: Kernel, path: string, purpose: string): boolean {
  try {
    invoke(kernel, {
      name: 'umount2',
      raw: [path, 0],
      args: `"${path}", 0`,
      purpose,
      equivalent: `umount ${path}`,
    });
    return true;
  } catch (error) {
    if (errorCode(error) === 'EBUSY') return false;
    throw error;
  }
}

/** Equivalent to: `mount --make-private PATH`. mount(2): with whom a mount shares what is mounted in it. */
export function setPropagation(kernel: Kernel, path: string, to: Propagation, purpose: string): void {
  invoke(kernel, {
    name: 'mount',
    raw: ['none', path, null, PROPAGATION[to], null],
    args: `"none", "${path}", NULL, MS_${to.toUpperCase()}, NULL`,
    purpose,
    equivalent: `mount --make-${to} ${path}`,
  });
}

export type Propagation = keyof typeof PROPAGATION;

const PROPAGATION = { private: MS_PRIVATE, slave: MS_SLAVE, unbindable: MS_UNBINDABLE } as const;

/** socketpair(2): two ends of one stream, each close-on-exec. */
export function socketPair(kernel: Kernel, purpose: string): [ours: number, theirs: number] {
  const fds = Buffer.alloc(8);
  invoke(kernel, {
    name: 'socketpair',
    raw: [
      AF_UNIX, // SOCK_CLOEXEC is O_CLOEXEC: include/linux/net.h
      SOCK_STREAM | O_CLOEXEC,
      0,
      fds,
    ],
    args: 'AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC, 0, fds',
    purpose,
  });
  return [fds.readInt32LE(0), fds.readInt32LE(4)];
}

/** pipe2(2) with O_CLOEXEC: the two ends, reading and writing. */
export function pipe(kernel: Kernel, purpose: string): [read: number, write: number] {
  const fds = Buffer.alloc(8);
  invoke(kernel, { name: 'pipe2', raw: [fds, O_CLOEXEC], args: 'fds, O_CLOEXEC', purpose });
  return [fds.readInt32LE(0), fds.readInt32LE(4)];
}
