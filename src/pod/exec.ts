import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { checkCommand } from '../spec/names.ts';
import { OperationError } from '../sys/errors.ts';
import { type Files, openFiles } from '../sys/files.ts';
import { pidNamespace } from '../sys/instance.ts';
import { openSpawn, type Spawned } from '../sys/spawn.ts';
import { type Transcript, toFile } from '../transcript/transcript.ts';
import { refuseEnding } from './ending.ts';
import { type ExecStyle, execEnvironment, execOptions, withJoined } from './exec-options.ts';
import { type ExecRecord, openExecRecord, removeExecRecord } from './exec-records.ts';
import { type Shim, StartError, startShim } from './shim.ts';
import { otherPidNamespace, runningProcess, type Target } from './target.ts';

export interface ExecOptions extends ExecStyle {
  readonly command: readonly string[];
  /** `ours`: our own standard input. `pipe`: to be written to the child. */
  readonly input: 'none' | 'ours' | 'pipe';
  /** `ours`: our own standard output and error. `pipe`: to be read from the child. */
  readonly output: 'ours' | 'pipe';
}

/** A command that runs inside. */
export interface RunningExec extends Spawned {
  /** Its status as a shell has it. Processes that it has left behind may go on. */
  ended(): Promise<number>;
}

/**
 * Starts a command inside: in all of a workload's namespaces, with its root and its limits; or, for a pod alone, in what its
 * holder keeps, with a private root of its own. Returns when the command runs, or throws why it does not. Needs no FFI:
 * `exec` is what people wait for.
 */
export async function startExec(
  transcript: Transcript,
  target: Target,
  options: ExecOptions,
): Promise<RunningExec> {
  checkCommand(options.command, options.env);
  runningProcess(target);
  const files = openFiles(transcript);
  // Before the pod is looked at: a `down` that begins later finds it, and ends the command.
  const record = openExecRecord(files, target.pod.files);
  let shim: Shim | undefined;
  try {
    refuseEnding(target.pod);
    shim = startIn(transcript, files, target, options, record);
    await untilReady(shim, target, options);
    refuseEnding(target.pod);
    shim.say('go');
    await untilStarted(shim, target, options);
    return running(shim, () => removeExecRecord(files, target.pod.files, record));
  } catch (error) {
    shim?.letGo();
    if (shim) await exitOf(shim);
    removeExecRecord(files, target.pod.files, record);
    // Whatever has failed, it was that the pod is going.
    refuseEnding(target.pod);
    throw error;
  } finally {
    files.close(record.fd);
  }
}

function startIn(
  transcript: Transcript,
  files: Files,
  target: Target,
  options: ExecOptions,
  record: ExecRecord,
): Shim {
  const transcriptFd = files.open(target.pod.files.transcript, 'append');
  const sink = toFile(transcriptFd, () => {});
  transcript.attach(sink);
  try {
    const words = execOptions(files, target, options, record);
    return withJoined(files, target, (joined) =>
      startShim(
        { spawn: openSpawn(transcript) },
        {
          verb: 'exec',
          options: words,
          command: options.command,
          env: execEnvironment(target, options),
          joined,
          output: [
            INPUTS[options.input],
            ...(options.output === 'ours' ? ([1, 2] as const) : (['pipe', 'pipe'] as const)),
          ],
          record: record.fd,
          transcript: transcriptFd,
          session: 'ours',
        },
      ),
    );
  } finally {
    transcript.detach(sink);
    closeSync(transcriptFd);
  }
}

const INPUTS = { none: 'ignore', ours: 0, pipe: 'pipe' } as const;

async function untilReady(shim: Shim, target: Target, options: ExecOptions): Promise<void> {
  const word = await shim.next();
  if (word.said !== 'ready') throw failure(word, target, options);
}

async function untilStarted(shim: Shim, target: Target, options: ExecOptions): Promise<void> {
  const word = await shim.next();
  if (word.said !== 'started') throw failure(word, target, options);
}

function failure(
  word: Awaited<ReturnType<Shim['next']>>,
  target: Target,
  { command }: ExecOptions,
): OperationError {
  const { pod, workload } = target;
  const what = workload ? `${pod.intent.name}/${workload.name}` : pod.intent.name;
  // From a pid namespace beside the target's or below it, setns(2) fails.
  if (word.said === 'failed' && word.step === 'setns' && pod.intent.instance.pidns !== pidNamespace())
    return otherPidNamespace(target);
  if (word.said === 'failed') return new StartError(`exec in ${what}`, command[0] ?? '', word);
  return new OperationError(`exec in ${what}: its shim ended before it had started anything`);
}

/** Either the shim ends with the command, or it says the status and stays for what the command has left behind. */
function running(shim: Shim, forget: () => void): RunningExec {
  const ended = exitOf(shim).then((status) => {
    forget();
    return status;
  });
  const said = async () => {
    const word = await shim.next();
    return word.said === 'exited' ? word.code : ended;
  };
  return { ...shim, ended: said };
}

async function exitOf({ child }: Shim): Promise<number> {
  if (child.exitCode === null && child.signalCode === null) {
    child.ref();
    await once(child, 'exit');
  }
  // No exit code: the shim itself was killed.
  return child.exitCode ?? (child.signalCode === null ? 125 : 137);
}
