import { constants } from 'node:os';
import { InputError, OperationError } from '../sys/errors.ts';
import { signalProcess } from '../sys/signal.ts';
import type { GlobalOptions } from './globals.ts';
import { type ChangeOptions, openChangingSession } from './session.ts';
import { withWorkloads } from './with-workloads.ts';

/** `nslab kill [-s SIGNAL] NAME…`: sends a signal to the first process of workloads. */
export async function kill(
  names: readonly string[],
  options: ChangeOptions & { signal?: string },
  globals: GlobalOptions,
): Promise<number> {
  const signal = readSignal(options.signal ?? 'KILL');
  const session = await openChangingSession(globals, options);
  session.host.transcript.step = 'stop';
  for (const name of names) {
    await withWorkloads(session, name, async (_, workloads) => {
      const reached = workloads.filter(
        ({ process }) =>
          process && signalProcess(session.host.kernel, process, signal, `sends the workload ${signal}`),
      );
      if (reached.length === 0)
        throw new OperationError(`no workload of "${name}" is running`, { hint: 'see `nslab ps -a`' });
    });
    session.announce(name);
  }
  return 0;
}

function readSignal(text: string): NodeJS.Signals {
  const names = Object.entries(constants.signals) as [NodeJS.Signals, number][];
  const word = text.toUpperCase();
  const found = names.find(
    ([name, number]) => name === word || name === `SIG${word}` || String(number) === text,
  );
  if (!found) throw new InputError(`no signal "${text}"`, { hint: 'a name or a number, as in `kill -l`' });
  return found[0];
}
