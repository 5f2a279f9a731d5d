import { closeSync } from 'node:fs';
import { errorCode } from './errors.ts';
import type { Kernel } from './invoke.ts';
import type { KnownProcess } from './known-process.ts';
import { readMaybe } from './procfs.ts';
import { pidfdOpen, pidfdSendSignal } from './syscalls.ts';

/**
 * Sends a signal to this very process, and to no other that got its number. The order matters: first a descriptor
 * that pins the process that has the pid now, then the check that it is the right one, then the signal through the descriptor.
 * False when the process is gone.
 */
export function signalProcess(
  kernel: Kernel,
  process: KnownProcess,
  signal: NodeJS.Signals,
  purpose: string,
): boolean {
  // A number below 2 is never one of ours; a damaged record must not reach init.
  if (!Number.isInteger(process.pid) || process.pid < 2) return false;
  let pidfd: number | undefined;
  try {
    pidfd = pidfdOpen(kernel, process.pid);
    if (!isShownAs(pidfd, process.pid) || !process.isRunning()) return false;
    pidfdSendSignal(kernel, pidfd, { signal, pid: process.pid, purpose });
    return true;
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return false;
    throw error;
  } finally {
    if (pidfd !== undefined) closeSync(pidfd);
  }
}

/** Whether /proc shows the pinned process under this number: a /proc of another pid namespace has another one there. */
function isShownAs(pidfd: number, pid: number): boolean {
  const [, shown] = /^Pid:\t(-?\d+)$/m.exec(readMaybe(`/proc/self/fdinfo/${pidfd}`) ?? '') ?? [];
  return shown === undefined || Number(shown) === pid;
}
