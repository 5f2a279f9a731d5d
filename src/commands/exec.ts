import { statSync } from 'node:fs';
import { startExec } from '../pod/exec.ts';
import { findTarget } from '../pod/target.ts';
import { InputError } from '../sys/errors.ts';
import { eventsOf, readEvents } from '../transcript/read.ts';
import { Transcript } from '../transcript/transcript.ts';
import { attachSinks, type GlobalOptions, stateRoot } from './globals.ts';
import { forwardSignals } from './signals.ts';

export interface ExecOptions {
  readonly interactive?: boolean;
  readonly tty?: boolean;
  readonly privileged?: boolean;
}

/** `nslab exec POD[/WORKLOAD] CMD…`: runs a command inside, and returns its status. */
export async function exec(
  name: string,
  command: readonly string[],
  { interactive = false, tty = false, privileged = false }: ExecOptions,
  globals: GlobalOptions,
): Promise<number> {
  if (command.length === 0)
    throw new InputError('exec needs a command', { hint: 'nslab exec POD[/WORKLOAD] COMMAND ARG…' });
  const transcript = new Transcript();
  transcript.step = 'exec';
  await attachSinks(transcript, globals);
  const target = findTarget(stateRoot(globals), name);
  const before = statSync(target.pod.files.transcript, { throwIfNoEntry: false })?.size ?? 0;
  const { child, pid } = await startExec(transcript, target, {
    command,
    stdin: interactive,
    tty,
    privileged,
    output: 'ours',
  });
  const stop = forwardSignals((signal) => child.kill(signal));
  child.ref();
  const status = await new Promise<number>((resolve) => {
    // No exit code: the shim itself was killed.
    child.once('exit', (code, signal) => resolve(code ?? (signal === null ? 125 : 137)));
  });
  stop();
  if (!globals.verbose && globals.transcript === undefined) return status;
  // The shim writes its events to the pod's transcript: copies them to the sinks of this command.
  for (const event of eventsOf(pid, readEvents(target.pod.files.transcript, before))) transcript.relay(event);
  return status;
}
