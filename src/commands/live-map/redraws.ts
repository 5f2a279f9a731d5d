/** Redraws on demand and now and then, one at a time. */
export interface Redraws {
  /** Something has changed. */
  soon(): void;
  /** None begins after this; resolves when none runs any more. */
  close(): Promise<void>;
}

/**
 * Calls `redraw` 100 ms after the first change of a burst; a change meanwhile is another burst. However long one takes, and
 * however much changes, it runs half of the time at most. What nothing tells of (a counter, the command of a process that is
 * not ours) is seen every 2 s, or in a tenth of the time.
 */
export function openRedraws(redraw: () => Promise<void>, failed: (error: unknown) => void): Redraws {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let isDue = false;
  let closed = false;
  let took = 0;
  let ended = 0;

  const schedule = (milliseconds: number) => {
    clearTimeout(timer);
    if (!closed) timer = setTimeout(() => (running = turn()), milliseconds);
  };
  const turn = async () => {
    const begun = performance.now();
    isDue = false;
    try {
      await redraw();
    } catch (error) {
      failed(error);
    }
    ended = performance.now();
    took = ended - begun;
    running = undefined;
    schedule(isDue ? Math.max(BURST, took) : Math.max(SWEEP, 10 * took));
  };
  schedule(SWEEP);
  return {
    soon: () => {
      if (!isDue && running === undefined) schedule(Math.max(BURST, ended + took - performance.now()));
      isDue = true;
    },
    close: async () => {
      closed = true;
      clearTimeout(timer);
      await running;
    },
  };
}

/** Milliseconds. */
const BURST = 100;
const SWEEP = 2000;
