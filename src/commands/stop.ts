import { stopWorkloads } from '../pod/stop-workloads.ts';
import { findPlace } from '../pod/target.ts';
import { readNumber } from '../sys/number.ts';
import { type GlobalOptions, printNotice } from './globals.ts';
import { stillRunning } from './pods-at-work.ts';
import { withProgress } from './progress.ts';
import { type ChangeOptions, openChangingSession } from './session.ts';

/** `nslab stop NAME…`: sends TERM, waits for the grace period, sends KILL. A pod's name means all its workloads; the holder stays. */
export async function stop(
  names: readonly string[],
  options: ChangeOptions & { readonly grace?: string },
  globals: GlobalOptions,
): Promise<number> {
  const grace = options.grace === undefined ? undefined : readNumber('--grace', options.grace, 'seconds');
  const session = await openChangingSession(globals, { ...options, named: names });
  for (const name of names) {
    const { pod } = findPlace(session.root, name);
    const stopped = await withProgress((say) => {
      say(() => `stopping ${name}${stillRunning(session.root, [pod])}`);
      return stopWorkloads(session, name, grace);
    });
    for (const { name: each, note } of stopped) if (note !== '') printNotice(`workload "${each}": ${note}`);
    session.announce(name);
  }
  return 0;
}
