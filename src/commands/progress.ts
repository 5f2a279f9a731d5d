import { plain } from '../render/plain.ts';
import { hideStatus, showStatus } from './print.ts';

/** Says what the work is at now. Called again for each line that is shown. */
export type Say = (now: () => string) => void;

/**
 * Shows on a terminal what is being done, in one line on stderr that is overwritten, once the work has taken half a second. Shows
 * nothing in a pipe, or on a terminal that cannot erase a line.
 */
export async function withProgress<T>(body: (say: Say) => Promise<T>): Promise<T> {
  if (!process.stderr.isTTY || process.env.TERM === 'dumb') return body(() => {});
  const begun = performance.now();
  let drawn = 0;
  let now: (() => string) | undefined;
  const draw = () => {
    const time = performance.now();
    if (!now || time - begun < PATIENCE || time - drawn < INTERVAL) return;
    drawn = time;
    const line = `nslab: ${plain(now())} (${Math.floor((time - begun) / 1000)} s)`;
    showStatus(line.slice(0, (process.stderr.columns || 80) - 1));
  };
  const timer = setInterval(draw, INTERVAL);
  timer.unref();
  try {
    return await body((what) => {
      now = what;
      draw();
    });
  } finally {
    clearInterval(timer);
    hideStatus();
  }
}

/** In milliseconds: what is done sooner needs no progress, and how often the line is drawn. */
const PATIENCE = 500;
const INTERVAL = 250;
