import { readSignal, signalWorkloads } from '../pod/signal-workloads.ts';
import type { GlobalOptions } from './globals.ts';
import { type ChangeOptions, openChangingSession } from './session.ts';

/** `nslab kill [-s SIGNAL] NAME…`: sends a signal to the first process of workloads. */
export async function kill(
  names: readonly string[],
  options: ChangeOptions & { signal?: string },
  globals: GlobalOptions,
): Promise<number> {
  const signal = readSignal(options.signal ?? 'KILL');
  const session = await openChangingSession(globals, { ...options, named: names });
  for (const name of names) {
    await signalWorkloads(session, name, signal);
    session.announce(name);
  }
  return 0;
}
