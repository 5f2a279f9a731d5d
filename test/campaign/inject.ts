import type { FaultPoint } from './fault-points.ts';
import type { PretendHost, Result, RunOptions } from './pretend-host.ts';
import { isMutating, strace } from './strace.ts';

export type Fault =
  /** `before`: at the entry of the call, which is not done. Or right after the call. */
  | { readonly kill: 'before' | 'after' }
  /** An errno name. The call fails with it and is not done. */
  | { readonly error: string }
  /** Milliseconds to wait at the entry of the call, to open a race window. */
  | { readonly delay: number };

/** The result of a fault. */
export interface Shot {
  readonly result: Result;
  /** The call that the fault hit. Undefined: the verb ended before it. */
  readonly hit: string | undefined;
  /** Undefined: the fault hit the intended call. Else the point that would have hit it in this run. */
  readonly aimAgain: FaultPoint | undefined;
}

/**
 * Runs a verb with a fault at one point. The numbers of calls vary between runs, so check `aimAgain`: a good guess when
 * `points` has all points of the verb.
 */
export async function runWithFault(
  host: PretendHost,
  argv: readonly string[],
  point: FaultPoint,
  fault: Fault,
  options: RunOptions = {},
  points: readonly FaultPoint[] = [point],
): Promise<Shot> {
  const { result, calls } = await strace(host, inject(point, fault), argv, options);
  const hit = calls[(point.file?.nth ?? point.ordinal) - 1];
  const shot = { result, hit: hit?.text };
  const isMeant = hit && isMutating(hit) && sameCall(hit.text, point.text);
  if (point.file) {
    // A file with a random name is never matched: count all writes instead.
    const elsewhere = calls.length === 0 ? { ...point, file: undefined } : point;
    return { ...shot, aimAgain: isMeant ? undefined : elsewhere };
  }
  if (isMeant && hit.rank === point.rank) return { ...shot, aimAgain: undefined };
  // When SIGCHLD is delivered to the main thread, libuv writes to itself there; on another thread it does not. So the intended
  // call either came earlier in this run, or it is as far ahead as in the clean run.
  const passed = calls.find((call) => isMutating(call) && call.rank === point.rank);
  const last = calls.findLast(isMutating);
  const same = points.find(({ syscall, rank }) => syscall === point.syscall && rank === last?.rank);
  const clean = points.find(({ syscall, rank }) => syscall === point.syscall && rank === point.rank);
  const ahead = last && same && clean ? last.ordinal + clean.ordinal - same.ordinal : point.ordinal + 1;
  return { ...shot, aimAgain: { ...point, ordinal: passed?.ordinal ?? ahead } };
}

/** strace's flags for a fault at a point. */
export function inject({ syscall, ordinal, file }: FaultPoint, fault: Fault): string[] {
  const when = file?.nth ?? ordinal;
  const flags = ['-e', `trace=${syscall}`, '-e', `inject=${syscall}:${tampering(fault)}:when=${when}`];
  return file ? [...flags, '-P', file.path] : flags;
}

function tampering(fault: Fault): string {
  // With SIGKILL the kernel skips the call that is being entered. A real-time signal, which no library catches, also kills,
  // but only on the return to user space, after the call.
  if ('kill' in fault) return fault.kill === 'before' ? 'signal=SIGKILL' : 'signal=SIGRT_12';
  if ('error' in fault) return `error=${fault.error}`;
  return `delay_enter=${fault.delay}ms`;
}

/** Compares calls without pids, inodes, times, random names and results: these differ between runs. */
function sameCall(a: string, b: string): boolean {
  const shape = (text: string): string =>
    text
      .replace(/( <unfinished \.\.\.>\)?|(, child_tidptr=\S+)?\)) += .*$/, '')
      .replace(/[0-9a-f]{6,}|\d+/g, '#')
      .slice(0, 100);
  return shape(a) === shape(b);
}
