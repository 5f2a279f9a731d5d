/**
 * Passes on what is meant for a command that runs inside, as Docker's `--sig-proxy` does. Returns how to stop that.
 */
export function forwardSignals(send: (signal: NodeJS.Signals) => void): () => void {
  const undo = FORWARDED.map((signal) => {
    const forward = () => send(signal);
    // The handlers that roll a verb back: what it was to do is done. Ours first, then theirs away: with no listener for
    // an instant Node would stop watching, and a signal that is already on its way would be lost.
    const before = process.listeners(signal);
    process.on(signal, forward);
    for (const listener of before) process.removeListener(signal, listener as NodeJS.SignalsListener);
    return () => process.removeListener(signal, forward);
  });
  return () => {
    for (const each of undo) each();
  };
}

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;
