import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PretendHost, Result, RunOptions } from './pretend-host.ts';

/** One system call of a verb's main thread. */
export interface Call {
  readonly syscall: string;
  /** Its number among all calls of that name, as strace's `when=` counts. */
  readonly ordinal: number;
  /** Its number among the *mutating* calls of that name, which libuv's writes to itself do not change. */
  readonly rank: number;
  /** As strace printed it. */
  readonly text: string;
}

/**
 * Runs a command under strace in a pretend host and gives the calls that it saw.
 * Without -f: only Node's main thread, because `when=` counts per thread and the thread pool distributes its work differently
 * in each run.
 */
export async function strace(
  host: PretendHost,
  flags: readonly string[],
  argv: readonly string[],
  options: RunOptions,
): Promise<{ result: Result; calls: readonly Call[] }> {
  // Not in /tmp or /run, which can belong to the pretend host and are part of its snapshot.
  const folder = await mkdtemp('/var/tmp/nslab-strace-');
  const file = join(folder, 'log');
  try {
    const result = await host.run(['strace', '-y', '-s', '160', '-o', file, ...flags, ...argv], options);
    return { result, calls: numbered(await readFile(file, 'utf8')) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Whether a call changes anything that another process can see. */
export function isMutating({ syscall, text }: Pick<Call, 'syscall' | 'text'>): boolean {
  // The kernel restarts the call: a write to a link's sysctl, a thousand times while another process has the rtnl lock.
  if (/ = \? ERESTART/.test(text)) return false;
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

/** An eventfd, or one of the two pipes of libuv's signal handling: its lock (`*`) and its queue (16 bytes). */
function isLibuvTalkingToItself(text: string): boolean {
  return /^\w+\(\d+<(anon_inode:|pipe:.*>, ("\*", 1|"[^"]*"(\.\.\.)?, 16)\) )/.test(text);
}

function numbered(log: string): Call[] {
  const all = new Map<string, number>();
  const mutating = new Map<string, number>();
  return log.split('\n').flatMap((text) => {
    const syscall = /^(\w+)\(/.exec(text)?.[1];
    if (syscall === undefined) return []; // a signal, or the exit
    const ordinal = (all.get(syscall) ?? 0) + 1;
    const rank = (mutating.get(syscall) ?? 0) + (isMutating({ syscall, text }) ? 1 : 0);
    all.set(syscall, ordinal);
    mutating.set(syscall, rank);
    return [{ syscall, ordinal, rank, text }];
  });
}
