import type { FaultPoint } from './fault-points.ts';

/** Where and how to kill, so that every call before the point is done and the point itself is not. */
export interface Aim {
  readonly at: FaultPoint;
  readonly kill: 'before' | 'after';
}

/**
 * Before the call itself. Writes to pipes and sockets are hard to count, because the number of libuv's own writes varies:
 * for them, after the previous mutating call. Other processes see the same state at both moments.
 */
export function aimAt(point: FaultPoint, points: readonly FaultPoint[]): Aim {
  const index = points.findIndex(
    ({ syscall, ordinal }) => syscall === point.syscall && ordinal === point.ordinal,
  );
  const previous = points[index - 1];
  if (!isSteady(point) && previous && isSteady(previous)) return { at: previous, kill: 'after' };
  return { at: point, kill: 'before' };
}

/** The next aim after a fault hit another call. */
export function correct(aim: Aim | undefined, advice: FaultPoint, points: readonly FaultPoint[]): Aim {
  // A file with a random name cannot be identified in another run: its writes count among all writes.
  const lostItsFile = aim?.at.file !== undefined && advice.file === undefined;
  return lostItsFile && aim?.kill === 'before'
    ? aimAt(advice, points)
    : { at: advice, kill: aim?.kill ?? 'before' };
}

function isSteady({ syscall, file }: FaultPoint): boolean {
  return file !== undefined || !['write', 'writev', 'sendto', 'sendmsg'].includes(syscall);
}
