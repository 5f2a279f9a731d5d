import { openSync, writeSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { isMainThread } from 'node:worker_threads';
import { OperationError } from '../sys/errors.ts';
import type { Evidence, Kernel } from '../sys/invoke.ts';
import { readProcLink } from '../sys/procfs.ts';
import { setns, unshare } from '../sys/thread-calls.ts';
import { flagsOf, KINDS, type Kind } from './kinds.ts';

/** The kinds that Node's main thread may leave and come home to. For pid, only its next child is concerned. */
export type WindowKind = 'net' | 'ipc' | 'uts' | 'pid' | 'cgroup';

/** Where a window leads: existing namespaces behind open descriptors, and new ones. */
export interface Destination {
  readonly join?: ReadonlyArray<readonly [kind: WindowKind, fd: number]>;
  readonly unshare?: readonly WindowKind[];
}

/** A body whose result is a promise does not type-check: `await` inside would run the rest of the program in there. */
type Sync<T> = T extends PromiseLike<unknown> ? never : T;

/** The way home: descriptors of this thread's own namespaces, opened before it ever left. */
interface Home {
  readonly fd: number;
  readonly link: string;
}

const HOME_KINDS: readonly WindowKind[] = ['net', 'ipc', 'uts', 'pid', 'cgroup'];
const home = new Map<WindowKind, Home>();
let inside = false;

/**
 * Opens the way home. Must be awaited once before the first `enter`: libuv makes its threads at the first
 * asynchronous file call, and threads made inside a window would stay in the pod for the life of the process.
 */
export async function prepareWindow(): Promise<void> {
  if (!isMainThread) {
    throw new OperationError('namespaces can be entered from the main thread only', {
      hint: 'a worker that loads the FFI library crashes at its end: call nslab from the main thread',
    });
  }
  await stat('/');
  for (const kind of HOME_KINDS) {
    const path = `/proc/thread-self/ns/${kind}`;
    const link = readProcLink(path);
    // Descriptors, not a pidfd of ourselves: that names the thread group's leader, the very thread that has moved.
    if (link !== undefined && !home.has(kind)) home.set(kind, { fd: openSync(path, 'r'), link });
  }
}

/**
 * Runs `body` with this thread in other namespaces, and brings the thread home whatever happens. The only TypeScript that
 * calls unshare(2) or setns(2); the shim calls them in C, in a process of one thread.
 *
 * The body is synchronous, by its type and at run time: start a child without awaiting it, open a socket, read a file
 * that is already open. If home cannot be reached the process aborts, because a thread lost in a foreign namespace
 * silently corrupts everything that it does afterwards; that is the safe failure.
 */
export function enter<T>(kernel: Kernel, to: Destination, body: () => Sync<T>): Sync<T> {
  const kinds = [...(to.join ?? []).map(([kind]) => kind), ...(to.unshare ?? [])];
  const missing = kinds.find((kind) => !home.has(kind));
  if (!isMainThread || missing !== undefined) {
    throw new OperationError(`no way home from ${missing ?? 'a worker'}: prepareWindow() was not awaited`);
  }
  if (inside)
    throw new OperationError('a window inside a window: the outer one would come home to the wrong place');
  inside = true;
  // Where the thread is, by kind. A move is told from here to there: what was read after one is not read again before the next.
  const place = new Map(kinds.map((kind) => [kind, home.get(kind)?.link]));
  let result: Sync<T>;
  try {
    leaveHome(kernel, to, place);
    result = body();
  } finally {
    comeHome(kernel, kinds, place);
    inside = false;
  }
  refusePromise(result);
  return result;
}

type Place = Map<WindowKind, string | undefined>;

function leaveHome(kernel: Kernel, { join = [], unshare: fresh = [] }: Destination, place: Place): void {
  for (const [kind, fd] of join)
    setns(kernel, fd, KINDS[kind].flag, {
      purpose: `from here on this thread is in that ${kind} namespace: ${KINDS[kind].what}`,
      evidence: moved(place, [kind]),
    });
  if (fresh.length === 0) return;
  unshare(kernel, flagsOf(fresh), {
    purpose: 'new namespaces for this thread: a process that it starts now is born in them',
    equivalent: `unshare ${fresh.map((kind) => KINDS[kind].option).join(' ')}`,
    evidence: moved(place, fresh),
  });
}

/**
 * All kinds, also when leaving failed half-way: returning to a namespace where the thread already is does no harm. A thread
 * that may not leave may not return either (EPERM) and has never been away, so its place decides and not the error.
 */
function comeHome(kernel: Kernel, kinds: readonly WindowKind[], place: Place): void {
  const seen = new Set<WindowKind>();
  let refused: unknown;
  try {
    for (const kind of kinds) {
      // Equivalent to: the shell that unshare(1) or nsenter(1) has started ends.
      setns(kernel, (home.get(kind) as Home).fd, KINDS[kind].flag, {
        purpose: 'back to its own namespace: if this failed, nslab would abort',
        equivalent: 'exit',
        evidence: () => {
          seen.add(kind);
          return moved(place, [kind])();
        },
      });
    }
  } catch (error) {
    refused = error;
  }
  for (const kind of kinds) {
    const now = seen.has(kind) ? place.get(kind) : whereIs(kind);
    if (now === home.get(kind)?.link) continue;
    lost(refused ? String(refused) : `${kind} is ${now}, home is ${home.get(kind)?.link}`);
  }
}

/** Where this thread is; for pid, where its next child will be born. */
function whereIs(kind: WindowKind): string | undefined {
  return readProcLink(`/proc/thread-self/ns/${kind === 'pid' ? 'pid_for_children' : kind}`);
}

/** The evidence of a move: the inode where the thread was, and the one where the kernel says that it is now. */
function moved(place: Place, kinds: readonly WindowKind[]): Evidence {
  return () =>
    kinds.map((kind) => {
      const before = place.get(kind);
      const now = whereIs(kind);
      place.set(kind, now);
      return `${before} -> ${now}`;
    });
}

function lost(why: string): never {
  writeSync(
    2,
    `nslab: this thread cannot leave a pod's namespace (${why}): aborting, so that nothing more is done there\n`,
  );
  process.abort();
}

function refusePromise(result: unknown): void {
  if (result !== null && (typeof result === 'object' || typeof result === 'function') && 'then' in result) {
    // No caller will handle its rejection; without this it would end the process with a second, misleading error.
    if (result instanceof Promise) result.catch(() => {});
    throw new OperationError(
      'the body of a window must be synchronous: its promise would go on outside, at home',
    );
  }
}

/** The kinds of a list that a window can make. */
export function windowKinds(kinds: readonly Kind[]): WindowKind[] {
  return HOME_KINDS.filter((kind) => kinds.includes(kind));
}
