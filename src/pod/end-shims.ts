import { type KnownProcess, watchEnd } from '../sys/known-process.ts';
import { signalProcess } from '../sys/signal.ts';
import { type Host, KILL_PATIENCE } from './host.ts';

/**
 * SIGKILL to a shim ends its own child, and no more: what that has left behind would run on without a shim. So a shim has time
 * to end it, SIGCONT wakes a stopped one, and SIGKILL is for what is broken.
 */
const STEPS = [
  {
    signal: 'SIGPWR',
    patience: 2000,
    purpose: 'asks the shim to kill what it runs, with all that it has left behind',
  },
  { signal: 'SIGCONT', patience: KILL_PATIENCE, purpose: 'wakes the shim, should it have been stopped' },
  {
    signal: 'SIGKILL',
    patience: KILL_PATIENCE,
    purpose: 'ends a shim that does not end, and its own child with it',
  },
] as const;

/** Ends shims with what they run, and waits. False where one does not end. `shims` may come to be more meanwhile. */
export async function endShims(
  host: Pick<Host, 'kernel' | 'until'>,
  shims: () => readonly KnownProcess[],
  haveEnded: () => boolean,
): Promise<boolean> {
  for (const { signal, patience, purpose } of STEPS) {
    const told = new Set<number>();
    const tell = () => {
      for (const shim of shims().filter(({ pid }) => !told.has(pid))) {
        signalProcess(host.kernel, shim, signal, purpose);
        told.add(shim.pid);
      }
      return haveEnded();
    };
    if (await host.until(tell, patience)) return true;
  }
  return false;
}

/**
 * The same for some that are known, and for what they run: all are pinned first, because when a shim is gone, its child has
 * another parent.
 */
export function killAll(
  host: Pick<Host, 'kernel' | 'until'>,
  shims: readonly KnownProcess[],
  workloads: readonly KnownProcess[] = [],
): Promise<boolean> {
  return watchEnd([...shims, ...workloads], (haveEnded) => endShims(host, () => shims, haveEnded));
}
