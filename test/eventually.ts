import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Milliseconds for which a test waits for what must come: it matters only where that does not come. A slow or busy machine
 * must not be taken for a broken program.
 */
export const PATIENCE = 60_000;

/** Polls until something has come true; false when it has not within a patience that no slow machine uses up. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  patience = PATIENCE,
): Promise<boolean> {
  for (const end = performance.now() + patience; !(await condition()); await sleep(20))
    if (performance.now() > end) return false;
  return true;
}

/** The same for what the rest of a test stands on: throws when it does not come true. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  if (!(await eventually(condition))) throw new Error(`it did not come true: ${condition}`);
}
