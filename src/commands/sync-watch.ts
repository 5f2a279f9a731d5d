import { eventLine } from '../render/event-line.ts';
import { changesBetween, type StateSnapshot, takeSnapshot } from '../service/state-events.ts';
import { syncServices } from '../service/sync.ts';
import { watchState } from '../service/watch-state.ts';
import { Interrupted } from '../sys/interrupts.ts';
import { wallClock } from '../sys/wall-clock.ts';
import { printNotice } from './globals.ts';
import { printPaced } from './print.ts';
import type { Session } from './session.ts';

/**
 * `nslab sync --watch`: brings the rules to what is there after each change, and tells of each Service and its endpoints when
 * that is done, until a signal: status 0. Without it shims and commands do so; it shows when.
 */
export async function watchServices({ host, root }: Session): Promise<number> {
  let seen = takeSnapshot(root);
  let told: StateSnapshot = new Map();
  let wake = () => {};
  const state = watchState(root, () => {
    if (changesBetween(seen, takeSnapshot(root), 0n).length > 0) wake();
  });
  printNotice('watching; Ctrl-C ends it');
  try {
    for (;;) {
      const changed = new Promise<void>((resolve) => {
        wake = resolve;
      });
      seen = takeSnapshot(root);
      await syncServices(host, root);
      const lines = changesBetween(told, seen, wallClock()).filter(
        ({ type }) => type === 'service' || type === 'endpoints',
      );
      await printPaced(lines.map(eventLine));
      told = seen;
      await host.interrupts.race(changed);
    }
  } catch (error) {
    if (error instanceof Interrupted) return 0;
    throw error;
  } finally {
    state.close();
  }
}
