import { statSync } from 'node:fs';
import { startExec } from '../pod/exec.ts';
import { findExecTarget } from '../pod/target.ts';
import { checkWorkdir } from '../spec/process.ts';
import { InputError } from '../sys/errors.ts';
import { eventsOf, readEvents } from '../transcript/read.ts';
import { Transcript } from '../transcript/transcript.ts';
import { attachSinks, type GlobalOptions, stateRoot } from './globals.ts';
import { readVariable } from './run-options.ts';
import { forwardSignals } from './signals.ts';

export interface ExecOptions {
  readonly interactive?: boolean;
  readonly tty?: boolean;
  readonly privileged?: boolean;
  readonly env?: readonly string[];
  readonly workdir?: string;
  readonly user?: string;
}

/** `nslab exec POD[/WORKLOAD] CMD…`: runs a command inside, and returns its status. */
export async function exec(
  name: string,
  command: readonly string[],
  { interactive = false, tty = false, privileged = false, env = [], workdir, user }: ExecOptions,
  globals: GlobalOptions,
): Promise<number> {
  if (command.length === 0)
    throw new InputError('exec needs a command', { hint: 'nslab exec POD[/WORKLOAD] COMMAND ARG…' });
  if (tty && !process.stdin.isTTY)
    throw new InputError('-t needs a terminal, and standard input is none', {
      hint: 'without -t: nslab exec -i …',
    });
  if (workdir !== undefined) checkWorkdir(workdir);
  const variables = Object.fromEntries(env.map(readVariable));
  const transcript = new Transcript();
  transcript.step = 'exec';
  await attachSinks(transcript, globals);
  const target = findExecTarget(stateRoot(globals), name);
  const before = statSync(target.pod.files.transcript, { throwIfNoEntry: false })?.size ?? 0;
  const { child, pid, ended } = await startExec(transcript, target, {
    command,
    input: interactive || tty ? 'ours' : 'none',
    tty,
    privileged,
    env: variables,
    ...(workdir !== undefined && { cwd: workdir }),
    ...(user !== undefined && { user }),
    output: 'ours',
  });
  const stop = forwardSignals((signal) => child.kill(signal));
  const status = await ended();
  child.unref();
  stop();
  if (!globals.verbose && globals.transcript === undefined) return status;
  // The shim writes its events to the pod's transcript: copies them to the sinks of this command.
  for (const event of eventsOf(pid, readEvents(target.pod.files.transcript, before))) transcript.relay(event);
  return status;
}
