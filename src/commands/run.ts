import { constants } from 'node:os';
import type { Host } from '../pod/host.ts';
import { lockPod } from '../pod/lock-pod.ts';
import { runWorkload } from '../pod/run-workload.ts';
import { forgetWorkload, type OwnedWorkload } from '../pod/workload.ts';
import type { WorkloadSpec } from '../spec/workload-spec.ts';
import { catches } from '../sys/procfs.ts';
import { signalProcess } from '../sys/signal.ts';
import { type GlobalOptions, printNotice } from './globals.ts';
import { type RunOptions, readSpec } from './run-options.ts';
import { openChangingSession, type Session } from './session.ts';
import { forwardSignals } from './signals.ts';

/** `nslab run`: starts a workload in the namespaces of a pod. Returns its status, or 0 with -d. */
export async function run(
  command: readonly string[],
  options: RunOptions,
  globals: GlobalOptions,
): Promise<number> {
  const spec = readSpec(command, options);
  const named = Object.values(spec.origins).flatMap((origin) =>
    typeof origin === 'object' ? origin.of : [],
  );
  const session = await openChangingSession(globals, { ...options, touches: [spec.name], named });
  const { root, host, announce } = session;
  const { pod, workload, finish } = await runWorkload(host, root, spec, options.detach ? 'log' : [1, 2]);
  const name = pod.intent.holder ? `${pod.intent.name}/${workload.name}` : workload.name;
  if (options.detach || options.dryRun) {
    await workload.stay();
    await finish();
    pod.release();
    announce(name);
    return 0;
  }
  pod.release();
  const stop = forwardSignals((signal) => forwardSignal(host, workload, spec, signal));
  const { code, signal } = await workload.ended();
  stop();
  if (options.rm) await forget(session, pod.intent.name, workload);
  else await workload.stay();
  await finish();
  return signal > 0 ? 128 + signal : code;
}

async function forget({ host, root }: Session, name: string, workload: OwnedWorkload): Promise<void> {
  workload.letGo();
  const pod = await lockPod(host, root, name);
  if (pod === undefined || pod === 'busy') return;
  await forgetWorkload(host, root, pod, workload.name);
  pod.release();
}

/** The kernel drops a signal that PID 1 of a pid namespace does not catch: pid_namespaces(7). Then sends KILL. */
function forwardSignal(
  { kernel }: Host,
  { name, process }: OwnedWorkload,
  { origins }: WorkloadSpec,
  signal: NodeJS.Signals,
): void {
  const ignored = origins.pid === 'new' && catches(process.pid, constants.signals[signal]) === false;
  if (ignored) printNotice(`workload "${name}" is PID 1 and does not catch ${signal}: sending KILL`);
  signalProcess(kernel, process, ignored ? 'SIGKILL' : signal, 'passes the signal on to the command');
}
