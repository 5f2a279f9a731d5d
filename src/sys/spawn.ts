import { type ChildProcess, spawn as nodeSpawn, type StdioOptions } from 'node:child_process';
import { accessSync, constants, readdirSync } from 'node:fs';
import type { Call, Transcript } from '../transcript/transcript.ts';
import { errnoWords, OperationError } from './errors.ts';
import { readProcLink, showsOurPids } from './procfs.ts';

/** A program that stays: the holder, or a shim. Everything it gets is named here; nothing is inherited by accident. */
export interface Program {
  readonly file: string;
  /** With argv[0]. */
  readonly argv: readonly string[];
  /** By index: `'ignore'`, `'pipe'` (a socket to us), or the number of a descriptor of ours. */
  readonly stdio: ReadonlyArray<'ignore' | 'pipe' | number>;
  readonly env: Readonly<Record<string, string>>;
  /** What it is started for, in one sentence. */
  readonly purpose: string;
  /** What it is born into, for the transcript: `new net, ipc, uts`. */
  readonly bornInto: string;
  /** What is typed for the same; else its own words. */
  readonly equivalent?: string | undefined;
  /** The workload that it is started for. */
  readonly subject?: string | undefined;
  /** `own`: a Ctrl-C or a hang-up at the terminal is meant for nslab alone. `ours`: for the program too. */
  readonly session: 'own' | 'ours';
}

export interface Spawned {
  readonly pid: number;
  readonly child: ChildProcess;
}

/** The channel `spawn`. Synchronous: fork and exec are over, or have failed, when it returns. */
export type Spawn = (program: Program) => Spawned;

export function openSpawn(transcript: Transcript): Spawn {
  return ({ file, argv, stdio, env, session, ...program }) => {
    const done = transcript.begin(birth({ argv, ...program }));
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
    // The same failure comes again as an event. Without a listener it would end this process.
    child.once('error', () => {});
    child.unref();
    const { pid } = child;
    done({ result: pid ?? -1 }, () => namespacesOf(pid));
    if (pid === undefined) throw cannotStart(file);
    return { pid, child };
  };
}

/** A program's start as the transcript has it. */
export function birth({
  argv,
  purpose,
  bornInto,
  equivalent,
  subject,
}: Pick<Program, 'argv' | 'purpose' | 'bornInto' | 'equivalent' | 'subject'>): Call {
  return {
    channel: 'spawn',
    call: 'execve',
    args: `${argv.join(' ')} (born into ${bornInto})`,
    purpose,
    argv,
    ...(equivalent !== undefined && { equivalent }),
    ...(subject !== undefined && { subject }),
  };
}

/** In which namespaces a process of this pid namespace was born. */
export function namespacesOf(pid: number | undefined): string[] {
  if (pid === undefined || !showsOurPids()) return [];
  kinds ??= readdirSync('/proc/self/ns').filter((kind) => !kind.endsWith('_for_children'));
  return [kinds.map((kind) => readProcLink(`/proc/${pid}/ns/${kind}`)).join(' ')];
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
