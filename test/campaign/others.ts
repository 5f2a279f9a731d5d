import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FaultPoint } from './fault-points.ts';
import type { Shot } from './inject.ts';
import type { PretendHost, Result, RunOptions } from './pretend-host.ts';
import { Bench, type Trial } from './trial.ts';

/**
 * The fault points of a verb's child processes (its shims). strace counts calls for each process and cannot be limited to one
 * process, so a call number that Node's main thread also reaches is a point of the main thread only.
 */
export async function othersPoints(trial: Trial): Promise<FaultPoint[]> {
  await using bench = await Bench.create(trial);
  const { calls } = await follow(bench.host, ['-e', `trace=${THEIRS.join()}`], bench.argv, trial.program);
  const [main] = calls;
  const reached = new Map<string, number>();
  for (const call of calls)
    if (call.pid === main?.pid)
      reached.set(call.syscall, Math.max(call.ordinal, reached.get(call.syscall) ?? 0));
  const points = new Map<string, FaultPoint>();
  for (const { pid, syscall, ordinal, text } of calls) {
    if (pid === main?.pid || syscall === 'execve' || ordinal <= (reached.get(syscall) ?? 0)) continue;
    const key = `${syscall} ${ordinal}`;
    if (!points.has(key)) points.set(key, { syscall, ordinal, rank: ordinal, text, process: 'a shim' });
  }
  return [...points.values()];
}

/** Makes the call of that number fail in every process that reaches it. */
export async function inOthers(
  host: PretendHost,
  argv: readonly string[],
  { syscall, ordinal }: FaultPoint,
  error: string,
  options: RunOptions,
): Promise<Shot> {
  const flags = ['-e', `trace=${syscall}`, '-e', `inject=${syscall}:error=${error}:when=${ordinal}`];
  const { result, calls } = await follow(host, flags, argv, options);
  const hit = calls.find(({ text }) => text.includes('(INJECTED)'));
  return { result, hit: hit?.text, aimAgain: undefined };
}

/** With `execve`, the first traced call is always the main thread's. It is not a fault point. */
const THEIRS = ['mount', 'umount2', 'unshare', 'setns', 'execve'];

interface TheirCall {
  readonly pid: string;
  readonly syscall: string;
  readonly ordinal: number;
  readonly text: string;
}

async function follow(
  host: PretendHost,
  flags: readonly string[],
  argv: readonly string[],
  options: RunOptions,
): Promise<{ result: Result; calls: readonly TheirCall[] }> {
  const folder = await mkdtemp('/var/tmp/nslab-strace-');
  const file = join(folder, 'log');
  try {
    const result = await host.run(
      ['strace', '-f', '-y', '-s', '160', '-o', file, ...flags, ...argv],
      options,
    );
    return { result, calls: numbered(await readFile(file, 'utf8')) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

function numbered(log: string): TheirCall[] {
  const counts = new Map<string, number>();
  return log.split('\n').flatMap((line) => {
    const [, pid = '', text = '', syscall] = /^(\d+) +((\w+)\(.*)$/.exec(line) ?? [];
    if (syscall === undefined) return [];
    const ordinal = (counts.get(`${pid} ${syscall}`) ?? 0) + 1;
    counts.set(`${pid} ${syscall}`, ordinal);
    return [{ pid, syscall, ordinal, text }];
  });
}
