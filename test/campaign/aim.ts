import type { FaultPoint } from './fault-points.ts';

/** Where and how to kill, so that all before a point is done and the point itself is not. */
export interface Aim {
  readonly at: FaultPoint;
  readonly kill: 'before' | 'after';
}

/**
 * Before the call itself; or, when that is hard to count, after the mutating call before it, which is the same moment
 * for everybody else. Hard to count are writes to pipes and sockets, among which libuv's own come and go.
 */
export function aimAt(point: FaultPoint, points: readonly FaultPoint[]): Aim {
  const index = points.findIndex(
    ({ syscall, ordinal }) => syscall === point.syscall && ordinal === point.ordinal,
  );
  const previous = points[index - 1];
  if (!isSteady(point) && previous && isSteady(previous)) return { at: previous, kill: 'after' };
  return { at: point, kill: 'before' };
}

/** The next aim after one that came elsewhere. */
export function correct(aim: Aim | undefined, advice: FaultPoint, points: readonly FaultPoint[]): Aim {
  // A file that has another name in each run cannot be told from others, and counts among all writes.
  const lostItsFile = aim?.at.file !== undefined && advice.file === undefined;
  return lostItsFile && aim?.kill === 'before'
    ? aimAt(advice, points)
    : { at: advice, kill: aim?.kill ?? 'before' };
}

function isSteady({ syscall, file }: FaultPoint): boolean {
  return file !== undefined || !['write', 'writev', 'sendto', 'sendmsg'].includes(syscall);
}
