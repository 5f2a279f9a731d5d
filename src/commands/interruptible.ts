import { Interrupts } from '../sys/interrupts.ts';

/** Does something that asks between its steps whether somebody wants it to stop. At the second signal we leave at once. */
export async function interruptible<T>(work: (interrupts: Interrupts) => Promise<T>): Promise<T> {
  const interrupts = new Interrupts(leaveAtOnce);
  const heed = (signal: NodeJS.Signals) => interrupts.raise(signal);
  for (const signal of SIGNALS) process.on(signal, heed);
  try {
    return await work(interrupts);
  } finally {
    for (const signal of SIGNALS) process.off(signal, heed);
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** As that signal itself would have ended us. What was made hangs on pipes of ours. */
function leaveAtOnce(signal: NodeJS.Signals): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
