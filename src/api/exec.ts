import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type RunningExec, startExec } from '../pod/exec.ts';
import { findExecTarget } from '../pod/target.ts';
import { checkName } from '../spec/names.ts';
import { InputError } from '../sys/errors.ts';
import { Limit, type Output } from './limit.ts';
import type { PodHandle } from './pod-handle.ts';
import type { Spawning } from './schemas.ts';

/** What a command inside has written, and how it ended. */
export interface ExecResult extends Output {
  /** The exit status as a shell has it: 128+n for signal n. */
  readonly status: number;
}

/** The signals that a command inside can be sent. KILL also ends what it has left behind. */
export type CommandSignal = 'SIGHUP' | 'SIGINT' | 'SIGQUIT' | 'SIGKILL' | 'SIGUSR1' | 'SIGUSR2' | 'SIGTERM';

const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGKILL', 'SIGUSR1', 'SIGUSR2', 'SIGTERM'] as const;

/** A command that runs in a pod. */
export class ExecProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Empty with `tty`: then all comes on `stdout`. */
  readonly stderr: Readable;
  /**
   * Its exit status as a shell has it, as soon as it has ended: what it has left behind may go on. Fails where `timeout` or
   * `signal` has ended it.
   */
  readonly exit: Promise<number>;
  readonly #running: RunningExec;

  private constructor(running: RunningExec, limit: Limit) {
    const { stdin, stdout, stderr } = running.child;
    this.#running = running;
    this.stdin = stdin as Writable;
    this.stdout = stdout as Readable;
    this.stderr = stderr as Readable;
    this.exit = this.#end(limit);
    // A program that does not ask how it ended is not ended by that.
    this.exit.catch(() => {});
    // A command that does not read its input is no error; its end is told by `exit`.
    this.stdin?.on('error', () => {});
  }

  /** @internal */
  static of(running: RunningExec, limit: Limit): ExecProcess {
    return new ExecProcess(running, limit);
  }

  /** Sends the command a signal. False when it has ended. */
  kill(signal: CommandSignal = 'SIGTERM'): boolean {
    if (!SIGNALS.includes(signal))
      throw new InputError(`ExecProcess.kill: "${signal}" is none of ${SIGNALS.join(', ')}`);
    return this.#running.child.kill(signal === 'SIGKILL' ? KILL : signal);
  }

  async #end(limit: Limit): Promise<number> {
    const { child, ended } = this.#running;
    const kill = () => void child.kill(KILL);
    limit.signal?.addEventListener('abort', kill);
    try {
      if (limit.signal?.aborted) kill();
      const status = await ended();
      limit.check();
      return status;
    } finally {
      limit.signal?.removeEventListener('abort', kill);
      // What it has left behind keeps its shim, and must not keep this program.
      child.unref();
    }
  }
}

/** The shim kills the command and all that it has left behind. native/README.md */
const KILL = 'SIGPWR';

/** Starts a command. `input`: whether its standard input is written by us. */
export async function startCommand(
  pod: PodHandle,
  command: readonly string[],
  { workload, env, cwd, user, tty = false, privileged = false, ...limits }: Spawning,
  input: 'none' | 'pipe',
): Promise<{ readonly child: ExecProcess; readonly limit: Limit }> {
  pod.record();
  const { root, transcript } = pod.context;
  const name = workload === undefined ? pod.name : `${pod.name}/${checkName('workload', workload)}`;
  const target = findExecTarget(root, name);
  const limit = new Limit(`"${command[0]}" in ${name}`, limits);
  const running = await startExec(transcript, target, {
    ...{ command, input, tty, privileged, output: 'pipe' },
    ...(env && { env }),
    ...(cwd !== undefined && { cwd }),
    ...(user !== undefined && { user }),
  });
  return { child: ExecProcess.of(running, limit), limit };
}

/** Runs a command to its end. */
export async function runCommand(
  pod: PodHandle,
  command: readonly string[],
  { stdin, ...options }: Spawning,
): Promise<ExecResult> {
  const { child, limit } = await startCommand(pod, command, options, stdin === undefined ? 'none' : 'pipe');
  // Also after its end: what it has left behind may keep the output open.
  const kill = () => void child.kill('SIGKILL');
  limit.signal?.addEventListener('abort', kill);
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  let unread: unknown;
  if (stdin !== undefined)
    void feed(child.stdin, stdin).catch((error) => {
      unread = error;
      kill();
    });
  const status = await child.exit.catch(() => undefined);
  const [stdout, stderr] = await output.finally(() => limit.signal?.removeEventListener('abort', kill));
  // An input that goes on has no reader any more.
  child.stdin?.destroy();
  limit.check({ stdout, stderr });
  if (unread !== undefined) throw unread;
  return { status: status ?? (await child.exit), stdout, stderr };
}

/** A command may end without having read all. */
async function feed(stdin: Writable, input: NonNullable<Spawning['stdin']>): Promise<void> {
  const source = typeof input === 'string' || input instanceof Uint8Array ? [input] : input;
  await pipeline(source, stdin).catch((error: NodeJS.ErrnoException) => {
    if (!['EPIPE', 'ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE'].includes(error.code ?? '')) throw error;
  });
}

async function text(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
