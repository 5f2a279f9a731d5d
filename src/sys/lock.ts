import { setTimeout as sleep } from 'node:timers/promises';
import { LOCK_EX, LOCK_NB, LOCK_SH } from './constants.ts';
import { errorCode, OperationError } from './errors.ts';
import type { Kernel } from './invoke.ts';
import { readProcLink } from './procfs.ts';
import { flock } from './syscalls.ts';

/** How long a verb waits for another one before it gives up, in milliseconds. */
export const LOCK_PATIENCE = 30_000;

/** Takes a lock if it is free now. flock(2) belongs to the open file: children that inherit it hold it too. */
export function tryLock(
  kernel: Kernel,
  fd: number,
  mode: 'shared' | 'exclusive',
  purpose = PURPOSES[mode],
): boolean {
  try {
    flock(kernel, fd, (mode === 'shared' ? LOCK_SH : LOCK_EX) | LOCK_NB, purpose);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EAGAIN') return false;
    throw error;
  }
}

const PURPOSES = {
  shared: 'shared: other verbs may add and remove entries too, and none may tidy up',
  exclusive:
    'exclusive: no other nslab changes this meanwhile; the lock ends with its last holder, however that ends',
};

/** Takes a lock, waiting with the event loop running; an error after `patience` milliseconds. */
export async function lock(
  kernel: Kernel,
  fd: number,
  mode: 'shared' | 'exclusive',
  what: string,
  patience = LOCK_PATIENCE,
): Promise<void> {
  const end = performance.now() + patience;
  for (let pause = 1; !tryLock(kernel, fd, mode); pause = Math.min(pause * 2, 50)) {
    if (performance.now() > end) {
      throw new OperationError(`${what} is locked by another nslab for more than ${patience / 1000} s`, {
        code: 'ERR_LOCKED',
        // Not by name: it may as well be an `ip` or `nft` whose nslab was killed.
        hint: `see who has it, and may be waiting for a workload to end: fuser -v ${readProcLink(`/proc/self/fd/${fd}`)}`,
      });
    }
    await sleep(pause);
  }
}
