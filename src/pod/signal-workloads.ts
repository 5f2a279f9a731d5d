import { constants } from 'node:os';
import { InputError, OperationError } from '../sys/errors.ts';
import { signalProcess } from '../sys/signal.ts';
import { type Place, withRunning } from './with-workloads.ts';

/** Sends a signal to the first process of a workload, or of all of a pod's. */
export async function signalWorkloads(place: Place, name: string, signal: NodeJS.Signals): Promise<void> {
  const { host } = place;
  host.transcript.step = 'stop';
  await withRunning(place, name, async (_, workloads) => {
    const reached = workloads.filter(
      ({ process }) => process && signalProcess(host.kernel, process, signal, `sends the workload ${signal}`),
    );
    if (reached.length === 0)
      throw new OperationError(`no workload of "${name}" is running`, {
        code: 'ERR_NOT_RUNNING',
        hint: 'see `nslab ps -a`',
      });
  });
}

/** Reads the name of a signal, with or without SIG, or its number. */
export function readSignal(text: string): NodeJS.Signals {
  const names = Object.entries(constants.signals) as [NodeJS.Signals, number][];
  const word = text.toUpperCase();
  const found = names.find(
    ([name, number]) => name === word || name === `SIG${word}` || String(number) === text,
  );
  if (!found) throw new InputError(`no signal "${text}"`, { hint: 'a name or a number, as in `kill -l`' });
  return found[0];
}
