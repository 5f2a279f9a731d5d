import { readLog } from '../pod/read-log.ts';
import { findTarget } from '../pod/target.ts';
import { readWorkloads, type WorkloadRecord } from '../pod/workload-record.ts';
import { InputError } from '../sys/errors.ts';
import { readNumber } from '../sys/number.ts';
import { type GlobalOptions, stateRoot } from './globals.ts';
import { openLogPrinter } from './print.ts';

export interface LogsOptions {
  readonly follow?: boolean;
  readonly tail?: string;
  readonly since?: string;
  readonly timestamps?: boolean;
}

/** `nslab logs [-f] [--tail N] NAME`: prints the output of a workload. */
export async function logs(
  name: string,
  { follow = false, tail, since, timestamps = false }: LogsOptions,
  globals: GlobalOptions,
): Promise<number> {
  if (since !== undefined || timestamps)
    throw new InputError(
      'a log is the bytes that the workload itself wrote to the file: when it wrote them is not known',
      { hint: '--tail N prints the last lines; let the program print its times' },
    );
  const lines = tail === undefined || tail === 'all' ? undefined : readNumber('--tail', tail, 'lines');
  const { pod, workload } = findTarget(stateRoot(globals), name);
  const record = workload ?? onlyWorkload(readWorkloads(pod.files), name);
  const print = openLogPrinter();
  for await (const chunk of readLog(pod.files, record, { follow, tail: lines })) await print(chunk);
  return 0;
}

function onlyWorkload(workloads: readonly WorkloadRecord[], pod: string): WorkloadRecord {
  const [first, ...others] = workloads;
  if (first && others.length === 0) return first;
  const choices = workloads.map(({ name }) => `${pod}/${name}`).join(', ');
  throw new InputError(first ? `pod "${pod}" has several workloads` : `pod "${pod}" has no workload`, {
    hint: first ? `one of ${choices}` : 'a holder has no output',
  });
}
