import { lstatSync } from 'node:fs';
import { openersOf } from '../observe/openers.ts';
import { ALIVE_FD } from '../sys/descriptors.ts';
import { OperationError } from '../sys/errors.ts';
import { type KnownProcess, openerOf, watchEnd } from '../sys/known-process.ts';
import { tryLock } from '../sys/lock.ts';
import { signalProcess } from '../sys/signal.ts';
import { type Host, KILL_PATIENCE } from './host.ts';
import type { PodRecord } from './store.ts';

/**
 * Ends a holder and waits until it is gone: TERM, then KILL. One that was never committed ends by itself, because its
 * creator's end of the pipe is closed; should it not, it is found by the lock that it carries.
 */
export async function endHolder(host: Host, pod: Pick<PodRecord, 'files' | 'status'>): Promise<void> {
  const { alive } = pod.files;
  const holders = holdersOf(pod);
  await watchEnd(holders, async (haveEnded) => {
    ask(host, holders);
    const gone = () => haveEnded() && !holderHoldsLock(host, pod);
    if (await host.until(gone, 2000)) return;
    for (const holder of openersOf(alive, ALIVE_FD))
      signalProcess(host.kernel, holder, 'SIGKILL', 'ends a holder that did not end by itself');
    if (await host.until(gone, KILL_PATIENCE)) return;
    throw new OperationError(`the holder of pod "${pod.files.name}" does not end`, {
      hint: `see who has its lock open: fuser -v ${alive}`,
    });
  });
}

/** Asks a holder to end, and does not wait. */
export function askHolder(host: Host, pod: Pick<PodRecord, 'files' | 'status'>): void {
  ask(host, holdersOf(pod));
}

function ask({ kernel }: Host, holders: readonly KnownProcess[]): void {
  for (const holder of holders)
    signalProcess(kernel, holder, 'SIGTERM', 'asks the holder to end: its namespaces end with it');
}

/** Without a status, the process that has its lock open: a committed one does not end by itself. */
function holdersOf({ files, status }: Pick<PodRecord, 'files' | 'status'>): readonly KnownProcess[] {
  if (!status?.holder) return openersOf(files.alive, ALIVE_FD);
  return [openerOf(files.alive, ALIVE_FD, status.holder.pid)];
}

/** Whether the holder lives, by the lock that it carries; true also of one whose pid was never recorded. */
export function holderHoldsLock({ kernel, files }: Host, { files: pod }: Pick<PodRecord, 'files'>): boolean {
  // The lock file may have been removed and another file be there: then the holder is found by its open descriptor.
  if (!lstatSync(pod.alive, { throwIfNoEntry: false })?.isFile())
    return openersOf(pod.alive, ALIVE_FD).length > 0;
  const fd = files.open(pod.alive, 'lock');
  try {
    return !tryLock(kernel, fd, 'shared', 'whether the holder lives: it holds this lock');
  } finally {
    files.close(fd);
  }
}
