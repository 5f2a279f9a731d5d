import type { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { closeSync, openSync } from 'node:fs';
import { execa, type Options, type ResultPromise } from 'execa';
import { errorCode, OperationError } from '../sys/errors.ts';
import { type ProcessStat, readStat } from '../sys/procfs.ts';
import { which } from '../sys/which.ts';

/**
 * A tool that does not answer within this many milliseconds is killed, with all that it started. One that only waits for a processor
 * does not hang: it has them of a processor's time.
 */
const PATIENCE = 10_000;

export interface ToolRun {
  readonly file: 'ip' | 'nft' | 'firewall-cmd';
  readonly words: readonly string[];
  readonly input?: string;
  /**
   * Descriptors that the tool inherits: the locks that this verb holds. If nslab is killed while the tool still changes the
   * kernel, the locks stay taken until the tool is done, so gc does not interfere.
   */
  readonly held: Iterable<number>;
}

export interface ToolResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A tool that was started. Not a promise itself, so that it can be started inside a window and awaited outside. */
export interface StartedTool {
  readonly finished: Promise<ToolResult>;
}

type Tool = ResultPromise<Options>;

/** The tools that are at work: one set for all of a process, as its signals are. */
const atWork = new Set<Tool>();

/** Kills every running tool. A tool that hangs would otherwise keep the locks of a verb that leaves at once. */
export function killTools(): void {
  for (const tool of atWork) killGroup(tool);
}

/** Starts `ip` or `nft`, synchronously up to and including its exec. */
export function startTool({ file, words, input, held }: ToolRun): StartedTool {
  const options: Options = {
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', ...held] as NonNullable<
      Options['stdio']
    >,
    ...(input !== undefined && { input }),
    env: { LC_ALL: 'C' },
    reject: false,
    // A process group of its own: a Ctrl-C is meant for nslab, which then undoes what the tool has done.
    detached: true,
  };
  return { finished: settle(file, () => execa(file, [...words], options)) };
}

/** Refuses a tool that could not be started, while nothing has been touched that it would have to undo. */
export function refuseUnable(file: ToolRun['file']): void {
  if (which(file) === undefined) throw cannotRun(file, { code: 'ENOENT' });
  refuseWithoutRoom(file);
}

/** Asynchronous from its first `await` on, and so only when the tool has been started. */
async function settle(file: string, start: () => Tool): Promise<ToolResult> {
  const { tool } = await begin(file, start);
  let hung = false;
  const giveUp = () => {
    hung = tool.pid === undefined || !canWork(readStat(tool.pid));
    if (hung) killGroup(tool);
    else timer = setTimeout(giveUp, 1000);
  };
  let timer = setTimeout(giveUp, PATIENCE);
  atWork.add(tool);
  const result = await tool;
  atWork.delete(tool);
  clearTimeout(timer);
  if (hung) throw new OperationError(`${file} did not answer within ${PATIENCE / 1000} s and was killed`);
  if (result.exitCode === undefined) throw cannotRun(file, result);
  return { status: result.exitCode, stdout: String(result.stdout), stderr: String(result.stderr) };
}

/** Whether a process gets on, or would if it were its turn. */
export function canWork(stat: Pick<ProcessStat, 'state' | 'cpuTime'> | undefined): boolean {
  return stat?.state === 'R' && stat.cpuTime < PATIENCE;
}

/**
 * Starts a tool. Out of descriptors, Node gives a child without pipes, which execa does not expect, and tells the errno by an event
 * one turn later, when no listener can be added any more: it would end this process. So each child gets a listener at its birth.
 */
async function begin(file: string, start: () => Tool): Promise<{ readonly tool: Tool }> {
  let failure: NodeJS.ErrnoException | undefined;
  const born = (message: unknown) => {
    (message as { process: ChildProcess }).process.once('error', (error) => {
      failure = error;
    });
  };
  subscribe('child_process', born);
  try {
    // Not the tool itself: as a promise, it would be waited for.
    return { tool: start() };
  } catch (cause) {
    await new Promise((resolve) => setImmediate(resolve));
    throw cannotRun(file, { code: errorCode(failure) ?? errorCode(cause), cause: failure ?? cause });
  } finally {
    unsubscribe('child_process', born);
  }
}

/** Refuses when descriptors are short, before anything is touched. Three pipes and the fork's own take eight, so ten are tried. */
function refuseWithoutRoom(file: string): void {
  const room: number[] = [];
  try {
    while (room.length < 10) room.push(openSync('/dev/null', 'r'));
  } catch (cause) {
    throw cannotRun(file, { code: errorCode(cause), cause });
  } finally {
    for (const fd of room) closeSync(fd);
  }
}

/** With all that it started. */
function killGroup({ pid }: Tool): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // Gone in this very moment.
  }
}

/** The tool was killed, or not started: no such program, or no more processes allowed. */
function cannotRun(file: string, { code, signal, shortMessage, cause }: Failure): OperationError {
  if (code === 'ENOENT')
    return new OperationError(`cannot run ${file}: no such program in PATH`, { hint: install[file], cause });
  const why = code ?? (signal ? `it was killed by ${signal}` : shortMessage?.split('\n')[0]);
  return new OperationError(`cannot run ${file}: ${why}`, { hint: cures[code ?? ''], cause });
}

interface Failure {
  readonly code?: string | undefined;
  readonly signal?: string | undefined;
  readonly shortMessage?: string | undefined;
  readonly cause?: unknown;
}

const cures: Record<string, string> = {
  EAGAIN: 'no more processes allowed: see `ulimit -u` and the pids cgroup',
  EMFILE: 'too many open files: raise `ulimit -n`',
};

const install: Record<string, string> = {
  ip: 'install it: apt-get install iproute2',
  nft: 'install it: apt-get install nftables',
};
