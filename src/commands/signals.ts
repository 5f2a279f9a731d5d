/**
 * Passes on what is meant for a command that runs inside, as Docker's `--sig-proxy` does. Returns how to stop that.
 */
export function forwardSignals(send: (signal: NodeJS.Signals) => void): () => void {
  const undo = FORWARDED.map((signal) => {
    const forward = () => send(signal);
    // The handlers that roll a verb back: what it was to do is done.
    process.removeAllListeners(signal);
    process.on(signal, forward);
    return () => process.removeListener(signal, forward);
  });
  return () => {
    for (const each of undo) each();
  };
}

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;
