import type { FaultPoint } from './fault-points.ts';
import type { PretendHost, Result, RunOptions } from './pretend-host.ts';
import { isMutating, strace } from './strace.ts';

export type Fault =
  /** At the entry of the call: all before it is done, the call itself is not. Or right after the call. */
  | { readonly kill: 'before' | 'after' }
  /** An errno name. The call is not done. */
  | { readonly error: string }
  /** Milliseconds to wait at the entry of the call, to open a race window. */
  | { readonly delay: number };

/** What a fault did. */
export interface Shot {
  readonly result: Result;
  /** The call that it landed on; undefined when the verb ended before it. */
  readonly hit: string | undefined;
  /** Undefined when it landed where it was aimed; otherwise where it should have been aimed in this run. */
  readonly aimAgain: FaultPoint | undefined;
}

/**
 * Runs a verb with a fault at one point. Counts drift from run to run, so look at `aimAgain`; with all `points` of the
 * verb at hand that is a good guess.
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
    // A file whose name is new each time is never met: then the plain count it is.
    const elsewhere = calls.length === 0 ? { ...point, file: undefined } : point;
    return { ...shot, aimAgain: isMeant ? undefined : elsewhere };
  }
  if (isMeant && hit.rank === point.rank) return { ...shot, aimAgain: undefined };
  // A SIGCHLD that finds the main thread makes libuv write to itself there, one that finds another thread does not.
  // Either the call was passed already, or it is as far ahead as it was in the clean run.
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
  // SIGKILL makes the kernel skip the call that is being entered. A real-time signal, which no library catches, is
  // as deadly, but only on the way back to user space.
  if ('kill' in fault) return fault.kill === 'before' ? 'signal=SIGKILL' : 'signal=SIGRT_12';
  if ('error' in fault) return `error=${fault.error}`;
  return `delay_enter=${fault.delay}ms`;
}

/** Pids, inodes, times and random names differ from run to run; the result is not there yet when the fault comes. */
function sameCall(a: string, b: string): boolean {
  const shape = (text: string): string =>
    text
      .replace(/( <unfinished \.\.\.>\)?|(, child_tidptr=\S+)?\)) += .*$/, '')
      .replace(/[0-9a-f]{6,}|\d+/g, '#')
      .slice(0, 100);
  return shape(a) === shape(b);
}
