import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PretendHost, Result, RunOptions } from './pretend-host.ts';

/** One system call of a verb at which a fault can be injected: the `ordinal`th `syscall` of its main thread. */
export interface FaultPoint {
  readonly syscall: string;
  readonly ordinal: number;
  /** The call as strace printed it in the clean run. */
  readonly text: string;
  /** Its place among the *mutating* calls of that name: what is meant, however often libuv wrote to itself in between. */
  readonly rank: number;
}

export interface Traced {
  readonly result: Result;
  readonly points: readonly FaultPoint[];
}

/**
 * Runs a verb cleanly under strace and lists its fault points.
 *
 * A point is a mutating call of the main thread, beginning with the verb's *first own* one: whatever Node does to start
 * and to load modules is the same for every program. The first own call is the first unshare, setns, mount or umount2,
 * or the first mutating call that names the state directory (as a path or as the path of its descriptor).
 */
export async function faultPoints(
  host: PretendHost,
  argv: readonly string[],
  stateDir: string,
  options: RunOptions = {},
): Promise<Traced> {
  const { result, log } = await strace(host, [`trace=${SYSCALLS}`], argv, options);
  const calls = numbered(log);
  const first = calls.findIndex(
    (call) => isMutating(call) && (MOVES_NAMESPACES.has(call.syscall) || call.text.includes(stateDir)),
  );
  return { result, points: first < 0 ? [] : calls.slice(first).filter(isMutating) };
}

export type Fault =
  | { readonly kill: true }
  /** An errno name. The call is not done. */
  | { readonly error: string }
  /** Milliseconds to wait at the entry of the call, to open a race window. */
  | { readonly delay: number };

/** What a fault did: the call that it landed on, undefined when the verb ended before it. */
export interface Shot {
  readonly result: Result;
  readonly hit: string | undefined;
  /** Undefined when it landed where it was aimed; otherwise the ordinal that would have been right in this run. */
  readonly aimAgain: number | undefined;
}

/** Runs a verb with a fault at one point. */
export async function runWithFault(
  host: PretendHost,
  argv: readonly string[],
  point: FaultPoint,
  fault: Fault,
  options: RunOptions = {},
): Promise<Shot> {
  const { result, log } = await strace(host, inject(point, fault), argv, options);
  const calls = numbered(log);
  const hit = calls[point.ordinal - 1];
  if (hit && isMutating(hit) && hit.rank === point.rank && sameCall(hit.text, point.text)) {
    return { result, hit: hit.text, aimAgain: undefined };
  }
  // Counts drift by the signals that libuv happens to get. The call was passed already, or is about so many further on.
  const passed = calls.find((call) => isMutating(call) && call.rank === point.rank);
  const further = point.rank - (calls.at(-1)?.rank ?? 0);
  return { result, hit: hit?.text, aimAgain: passed?.ordinal ?? point.ordinal + Math.max(1, further) };
}

/** strace's expressions for a fault at a point. SIGKILL lands at entry: all before it is done, the call itself is not. */
export function inject({ syscall, ordinal }: FaultPoint, fault: Fault): string[] {
  return [`trace=${syscall}`, `inject=${syscall}:${tampering(fault)}:when=${ordinal}`];
}

function tampering(fault: Fault): string {
  if ('kill' in fault) return 'signal=SIGKILL';
  if ('error' in fault) return `error=${fault.error}`;
  return `delay_enter=${fault.delay}ms`;
}

const SYSCALLS = [
  ...['mkdir', 'mkdirat', 'rename', 'renameat', 'renameat2', 'link', 'linkat', 'symlink', 'symlinkat'],
  ...[
    'unlink',
    'unlinkat',
    'rmdir',
    'openat',
    'ftruncate',
    'write',
    'pwrite64',
    'writev',
    'sendto',
    'sendmsg',
  ],
  ...['unshare', 'setns', 'mount', 'umount2', 'clone', 'clone3', 'fork', 'vfork'],
  ...['flock', 'kill', 'pidfd_send_signal'],
].join(',');

const MOVES_NAMESPACES = new Set(['unshare', 'setns', 'mount', 'umount2']);

/** The calls of a log. The ordinal counts all calls of one name, as strace's `when=` does, also those that are no point. */
function numbered(log: string): FaultPoint[] {
  const all = new Map<string, number>();
  const mutating = new Map<string, number>();
  return log.split('\n').flatMap((text) => {
    const syscall = /^(\w+)\(/.exec(text)?.[1];
    if (syscall === undefined) return []; // a signal, or the exit
    const count = (counts: Map<string, number>, by: number): number => {
      counts.set(syscall, (counts.get(syscall) ?? 0) + by);
      return counts.get(syscall) ?? 0;
    };
    const call = { syscall, text, ordinal: count(all, 1), rank: 0 };
    return [{ ...call, rank: count(mutating, isMutating(call) ? 1 : 0) }];
  });
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

function isMutating({ syscall, text }: Pick<FaultPoint, 'syscall' | 'text'>): boolean {
  switch (syscall) {
    case 'openat':
      return /O_WRONLY|O_RDWR|O_CREAT|O_TMPFILE/.test(text);
    case 'write':
    case 'writev':
      return !isLibuvTalkingToItself(text);
    case 'clone':
    case 'clone3':
      return !text.includes('CLONE_THREAD');
    case 'kill':
      return !/, 0\) /.test(text); // only asks
    default:
      return true;
  }
}

/** An eventfd, or one of the two pipes of libuv's signal handling: its lock (`*`) and its queue (16 bytes). Nobody else sees them. */
function isLibuvTalkingToItself(text: string): boolean {
  return /^\w+\(\d+<(anon_inode:|pipe:.*>, ("\*", 1|"[^"]*"(\.\.\.)?, 16)\) )/.test(text);
}

/** Without -f: Node's main thread only, because `when=` counts per thread and the pool's threads share their work anew each time. */
async function strace(
  host: PretendHost,
  expressions: readonly string[],
  argv: readonly string[],
  options: RunOptions,
): Promise<{ result: Result; log: string }> {
  // Not in /tmp and not in /run, which may be the pretend host's own and are part of its snapshot.
  const folder = await mkdtemp('/var/tmp/nslab-strace-');
  const file = join(folder, 'log');
  const flags = expressions.flatMap((expression) => ['-e', expression]);
  try {
    const result = await host.run(['strace', '-y', '-s', '160', '-o', file, ...flags, ...argv], options);
    return { result, log: await readFile(file, 'utf8') };
  } finally {
    await rm(folder, { recursive: true });
  }
}
