import type { PretendHost, Result, RunOptions } from './pretend-host.ts';
import { type Call, isMutating, strace } from './strace.ts';

/** A system call at which a fault can be injected, from a clean run of the verb. */
export interface FaultPoint extends Call {
  /** For a write to a file: its path, and the number of the write among those to this file, which other writes do not change. */
  readonly file?: { readonly path: string; readonly nth: number } | undefined;
  /** The process that makes the call, when it is not the main thread. */
  readonly process?: 'a shim';
}

/**
 * Runs a verb cleanly under strace and lists its fault points.
 *
 * A point is a mutating call of the main thread, beginning with the verb's *first own* one: Node's start and its loading of
 * modules are the same for every program. The first own call is the first unshare, setns, mount or umount2,
 * or the first mutating call that names the state directory (as a path or as the path of its descriptor).
 */
export async function faultPoints(
  host: PretendHost,
  argv: readonly string[],
  stateDir: string,
  options: RunOptions = {},
): Promise<{ result: Result; points: readonly FaultPoint[] }> {
  const { result, calls } = await strace(host, ['-e', `trace=${SYSCALLS.join()}`], argv, options);
  const isOwn = (call: Call): boolean =>
    isMutating(call) && (MOVES_NAMESPACES.has(call.syscall) || call.text.includes(stateDir));
  const first = calls.findIndex(isOwn);
  return { result, points: first < 0 ? [] : withFiles(calls).slice(first).filter(isMutating) };
}

// biome-ignore format: a line is a family of calls
const SYSCALLS = [
  'mkdir', 'mkdirat', 'rmdir',
  'rename', 'renameat', 'renameat2', 'link', 'linkat', 'symlink', 'symlinkat', 'unlink', 'unlinkat',
  'openat', 'ftruncate', 'write', 'pwrite64', 'writev', 'sendto', 'sendmsg',
  'unshare', 'setns', 'mount', 'umount2',
  'clone', 'clone3', 'fork', 'vfork',
  'flock', 'kill', 'pidfd_send_signal',
];

const MOVES_NAMESPACES = new Set(['unshare', 'setns', 'mount', 'umount2']);

function withFiles(calls: readonly Call[]): FaultPoint[] {
  const counts = new Map<string, number>();
  return calls.map((call) => {
    const path = call.syscall === 'write' ? /^write\(\d+<(\/[^>]+)>/.exec(call.text)?.[1] : undefined;
    if (path === undefined || !isMutating(call)) return call;
    const nth = (counts.get(path) ?? 0) + 1;
    counts.set(path, nth);
    return { ...call, file: { path, nth } };
  });
}
