/** Forwards signals to a command in a pod, as Docker's `--sig-proxy` does. Returns a function that stops it. */
export function forwardSignals(send: (signal: NodeJS.Signals) => void): () => void {
  const undo = FORWARDED.map((signal) => {
    const forward = () => send(signal);
    // Replaces the handlers that roll a command back. Adds ours before removing theirs: without any listener Node would
    // restore the default action, and a signal in between would end nslab.
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
