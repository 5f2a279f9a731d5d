import { createReadStream, existsSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { readPod } from '../pod/store.ts';
import { findTarget } from '../pod/target.ts';
import { isActive, readWorkload, readWorkloads, type WorkloadRecord } from '../pod/workload-record.ts';
import { InputError, OperationError } from '../sys/errors.ts';
import { readNumber } from '../sys/number.ts';
import { type GlobalOptions, stateRoot } from './globals.ts';
import { openLogPrinter } from './print.ts';

export interface LogsOptions {
  readonly follow?: boolean;
  readonly tail?: string;
}

/** `nslab logs [-f] [--tail N] NAME`: prints the output of a workload. */
export async function logs(
  name: string,
  { follow = false, tail }: LogsOptions,
  globals: GlobalOptions,
): Promise<number> {
  const lines = tail === undefined || tail === 'all' ? undefined : readNumber('--tail', tail, 'lines');
  const root = stateRoot(globals);
  const { pod, workload } = findTarget(root, name);
  const record = workload ?? onlyWorkload(readWorkloads(pod.files), name);
  if (!record.spec.logged) {
    throw new OperationError(
      `workload "${record.name}" ran in the foreground: its output went to that terminal`,
    );
  }
  const path = record.files.log;
  const print = openLogPrinter();
  let position = lines === undefined ? 0 : await startOfLast(path, lines);
  position = await copy(path, position, print);
  while (follow && existsSync(path)) {
    const now = readWorkload(readPod(root, pod.intent.name).files, record.name);
    const ended = !now || !isActive(now);
    position = await copy(path, position, print);
    if (ended) break;
    await sleep(100);
  }
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

/** Prints a file from `position` on, and returns its end. */
async function copy(
  path: string,
  position: number,
  print: (chunk: Buffer) => Promise<void>,
): Promise<number> {
  const end = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (end <= position) return position;
  for await (const chunk of createReadStream(path, { start: position, end: end - 1 })) {
    await print(chunk as Buffer);
  }
  return end;
}

/** The offset of the last lines. Reads from the end: a log may be large. */
async function startOfLast(path: string, lines: number): Promise<number> {
  const size = statSync(path).size;
  if (lines === 0) return size;
  const file = await open(path);
  try {
    const block = Buffer.alloc(64 * 1024);
    let found = 0;
    for (let end = size; end > 0; ) {
      const start = Math.max(0, end - block.length);
      await file.read(block, 0, end - start, start);
      for (let at = end - start - 1; at >= 0; at--) {
        // The newline at the end of the file does not start another line.
        if (block[at] === 10 && start + at !== size - 1 && ++found === lines) return start + at + 1;
      }
      end = start;
    }
    return 0;
  } finally {
    await file.close();
  }
}
