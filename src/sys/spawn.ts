import { type ChildProcess, spawn as nodeSpawn, type StdioOptions } from 'node:child_process';
import { accessSync, constants, readdirSync } from 'node:fs';
import type { Call, Transcript } from '../transcript/transcript.ts';
import { errnoWords, OperationError } from './errors.ts';
import { identify, type ProcessIdentity, readProcLink } from './procfs.ts';

/** A program that stays: the holder, or a shim. Everything it gets is named here; nothing is inherited by accident. */
export interface Program {
  readonly file: string;
  /** With argv[0]. */
  readonly argv: readonly string[];
  /** By index: `'ignore'`, `'pipe'` (a socket to us), or the number of a descriptor of ours. */
  readonly stdio: ReadonlyArray<'ignore' | 'pipe' | number>;
  readonly env: Readonly<Record<string, string>>;
  /** What it is born into, for the transcript: `new net, ipc, uts`. */
  readonly bornInto: string;
  /** The workload that it is started for. */
  readonly subject?: string | undefined;
  /** `own`: a Ctrl-C or a hang-up at the terminal is meant for nslab alone. `ours`: for the program too. */
  readonly session: 'own' | 'ours';
}

export interface Spawned extends ProcessIdentity {
  readonly child: ChildProcess;
}

/** The channel `spawn`. Synchronous: fork and exec are over, or have failed, when it returns. */
export type Spawn = (program: Program) => Spawned;

export function openSpawn(transcript: Transcript): Spawn {
  return ({ file, argv, stdio, env, bornInto, subject, session }) => {
    const done = transcript.begin(birth({ argv, bornInto, subject }));
    let child: ChildProcess;
    try {
      child = nodeSpawn(file, argv.slice(1), {
        argv0: argv[0] ?? file,
        stdio: [...stdio] as StdioOptions,
        env: { ...env },
        cwd: '/',
        detached: session === 'own',
      });
    } catch (error) {
      done({ result: -1 });
      throw cannotStart(file, error);
    }
    // Told again later, by an event that would end us if nobody heard it.
    child.once('error', () => {});
    child.unref();
    const { pid } = child;
    const identity = pid === undefined ? undefined : identify(pid);
    done({ result: identity?.pid ?? -1 }, () => namespacesIn(`/proc/${pid}/ns`));
    if (identity === undefined) throw cannotStart(file);
    return { ...identity, child };
  };
}

/** A program's start as the transcript has it. */
export function birth({ argv, bornInto, subject }: Pick<Program, 'argv' | 'bornInto' | 'subject'>): Call {
  return {
    channel: 'spawn',
    call: 'execve',
    args: `${argv.join(' ')} (born into ${bornInto})`,
    argv,
    ...(subject !== undefined && { subject }),
  };
}

/** In which namespaces a process was born. */
export function namespacesIn(directory: string): string[] {
  kinds ??= readdirSync(directory).filter((kind) => !kind.endsWith('_for_children'));
  return [kinds.map((kind) => readProcLink(`${directory}/${kind}`)).join(' ')];
}

/** The kinds that this kernel has: the same for each process. */
let kinds: readonly string[] | undefined;

/** Node tells the errno of a failed exec only later, by an event; whether there is such a program can be asked now. */
export function cannotStart(file: string, cause?: unknown): OperationError {
  let why = cause instanceof Error ? cause.message : 'no new process (see `ulimit -u` and `ulimit -n`)';
  if (typeof cause === 'number' && cause !== 0) why = errnoWords(cause).join(': ');
  try {
    accessSync(file, constants.X_OK);
  } catch (error) {
    why = errnoWords(Math.abs((error as NodeJS.ErrnoException).errno ?? 0)).join(': ');
  }
  return new OperationError(`cannot start ${file}: ${why}`, {
    cause,
    hint: 'is nslab built for this machine? `make -C native` builds its programs',
  });
}
