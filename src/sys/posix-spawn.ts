import { constants } from 'node:fs';
import { POSIX_SPAWN_SETSID, POSIX_SPAWN_SETSIGDEF, POSIX_SPAWN_SETSIGMASK, WNOHANG } from './constants.ts';
import type { Kernel } from './invoke.ts';
import type { Libc } from './libc.ts';
import { birth, cannotStart, namespacesOf, type Program } from './spawn.ts';

/** A program that stays, and with which we talk through descriptors of our own alone. */
export interface StayingProgram extends Omit<Program, 'stdio' | 'session'> {
  /** By index: what becomes that descriptor of the program. */
  readonly stdio: ReadonlyArray<'ignore' | number>;
}

export interface Started {
  readonly pid: number;
  /** Takes note of its end if it has ended: until then it is a zombie, and ours. waitpid(2) */
  reap(): void;
  /** Reaps it when it ends, for a process that outlives its creator's interest. */
  reapLater(): void;
}

/** The channel `spawn` for a program without streams of Node's, in a session of its own. */
export type Start = (program: StayingProgram) => Started;

/**
 * posix_spawn(3) in place of `child_process`, which takes 0.8 ms longer: it readies streams, events and signals of which
 * a holder has no use. Synchronous: fork and exec are over, or have failed, when it returns.
 */
export function openPosixSpawn({ transcript, libc }: Kernel): Start {
  return ({ file, argv, stdio, env, ...program }) => {
    const done = transcript.begin(birth({ argv, ...program }));
    const pid = Buffer.alloc(4);
    const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    attributes ??= spawnAttributes(libc);
    const actions = fileActions(libc, stdio);
    const { result: errno } = libc('posix_spawn', [pid, file, actions, attributes, argv, variables]);
    libc('posix_spawn_file_actions_destroy', [actions]);
    if (errno !== 0) {
      done({ result: -1, errno });
      throw cannotStart(file, errno);
    }
    const started = pid.readInt32LE(0);
    done({ result: started }, () => namespacesOf(started));
    const reap = () => libc('waitpid', [started, null, WNOHANG]).result === started;
    return { pid: started, reap: () => void reap(), reapLater: () => reapOnSigchld(reap) };
  };
}

/** The same for every program. */
let attributes: Buffer | undefined;

/** Larger than glibc's posix_spawn_file_actions_t (80 bytes) and posix_spawnattr_t (336). <spawn.h> */
const OPAQUE = 512;

/** Those that were left to themselves, each by what takes note of its end. A signal does not say whose end it tells. */
const unreaped = new Set<() => boolean>();

function reapOnSigchld(reap: () => boolean): void {
  if (unreaped.size === 0) process.on('SIGCHLD', reapAll);
  unreaped.add(reap);
}

function reapAll(): void {
  for (const reap of unreaped) if (reap()) unreaped.delete(reap);
  if (unreaped.size === 0) process.off('SIGCHLD', reapAll);
}

/** What becomes which descriptor of the program; it works in `/`, so as to keep no directory in use. */
function fileActions(libc: Libc, stdio: StayingProgram['stdio']): Buffer {
  const actions = Buffer.alloc(OPAQUE);
  libc('posix_spawn_file_actions_init', [actions]);
  const copy = (from: number, to: number) => libc('posix_spawn_file_actions_adddup2', [actions, from, to]);
  const ours = stdio.filter((source) => source !== 'ignore');
  // One of ours that lies among those of the program would be overwritten before it is copied: it goes above all first.
  const above = Math.max(stdio.length, ...ours) + 1;
  const low = ours.filter((source) => source < stdio.length);
  for (const [at, source] of low.entries()) copy(source, above + at);
  for (const [fd, source] of stdio.entries())
    if (source === 'ignore')
      libc('posix_spawn_file_actions_addopen', [actions, fd, '/dev/null', constants.O_RDWR, 0]);
    else copy(low.includes(source) ? above + low.indexOf(source) : source, fd);
  for (const at of low.keys()) libc('posix_spawn_file_actions_addclose', [actions, above + at]);
  libc('posix_spawn_file_actions_addchdir_np', [actions, '/']);
  return actions;
}

/** A session of its own; every signal as the kernel has it, none blocked: Node ignores SIGPIPE, and that is inherited. */
function spawnAttributes(libc: Libc): Buffer {
  const attributes = Buffer.alloc(OPAQUE);
  libc('posix_spawnattr_init', [attributes]);
  libc('posix_spawnattr_setsigdefault', [attributes, SIGNALS.all]);
  libc('posix_spawnattr_setsigmask', [attributes, SIGNALS.none]);
  libc('posix_spawnattr_setflags', [
    attributes,
    POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK,
  ]);
  return attributes;
}

/** sigset_t: 1024 bits. */
const SIGNALS = { all: Buffer.alloc(128, 0xff), none: Buffer.alloc(128) };
