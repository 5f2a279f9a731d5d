import { constants, hostname } from 'node:os';
import { CLOSE_RANGE_CLOEXEC, O_CLOEXEC, symbolic } from './constants.ts';
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

/** pipe2(2) with O_CLOEXEC: the two ends, reading and writing. */
export function pipe(kernel: Kernel, purpose: string): [read: number, write: number] {
  const fds = Buffer.alloc(8);
  invoke(kernel, { name: 'pipe2', raw: [fds, O_CLOEXEC], args: 'fds, O_CLOEXEC', purpose });
  return [fds.readInt32LE(0), fds.readInt32LE(4)];
}
