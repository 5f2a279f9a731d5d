import { setTimeout as sleep } from 'node:timers/promises';
import { openersOf } from '../observe/openers.ts';
import { DEFAULT_GRACE } from '../spec/workload-spec.ts';
import { OperationError } from '../sys/errors.ts';
import { identify, isRunning, type ProcessIdentity } from '../sys/procfs.ts';
import { signalProcess } from '../sys/signal.ts';
import { removeApplets } from './applets.ts';
import { RECORD_FD } from './descriptors.ts';
import { forgetPod } from './forget.ts';
import type { Host } from './host.ts';
import { type LifetimePipe, launch, type Output } from './launch.ts';
import { removeLimits } from './limits.ts';
import type { WorkloadStatus } from './record.ts';
import { emptyStatus } from './record.ts';
import type { Shim, Word } from './shim.ts';
import type { LockedPod, PodFiles } from './store.ts';
import {
  isActive,
  readWorkload,
  type StoredSpec,
  type WorkloadRecord,
  workloadFiles,
  workloadNames,
} from './workload-record.ts';

/** A workload that was started and not yet let go: it ends when its creator does. */
export interface OwnedWorkload {
  readonly name: string;
  /** Its first process, as the host counts. */
  readonly process: ProcessIdentity;
  /** The next thing that its shim says of it. */
  next(): Promise<Word>;
  /** Waits for its end, however long that takes. Only while it has not been let go. */
  ended(): Promise<{ code: number; signal: number }>;
  /** From now on it lives without us. */
  stay(): Promise<void>;
  /** Closes the socket: unless `stay` was said, the workload ends. */
  letGo(): void;
}

/** Makes a workload's record, and starts it. The pod's lock must be held. */
export async function startWorkload(
  host: Host,
  root: string,
  pod: LockedPod,
  spec: StoredSpec,
  output: Output,
  lifetime: readonly LifetimePipe[] = [],
): Promise<OwnedWorkload> {
  const { files } = host;
  const paths = workloadFiles(pod.files, spec.name);
  files.makeDirectory(pod.files.workloads);
  let isNew = false;
  try {
    isNew = files.makeDirectory(paths.directory);
  } finally {
    if (!isNew) removeLast(files, pod.files);
  }
  if (!isNew) {
    throw new OperationError(`workload "${pod.intent.name}/${spec.name}" exists already`, {
      hint: `remove it first: nslab rm ${pod.intent.name}/${spec.name}`,
    });
  }
  try {
    files.makeDirectory(paths.stage);
    files.create(paths.spec, JSON.stringify(spec));
    files.create(paths.status, emptyStatus());
    return fresh(spec.name, await launch(host, root, pod, spec, output, lifetime));
  } catch (error) {
    await removeRecord(host, pod.files, spec.name);
    throw error;
  }
}

/** Removes a workload that is still owned: its shim ends it when the socket is closed. */
export async function withdrawWorkload(host: Host, pod: PodFiles, workload: OwnedWorkload): Promise<void> {
  workload.letGo();
  const record = readWorkload(pod, workload.name);
  if (record && !(await host.until(() => !isRunning(record.shim), 2000))) await killWorkload(host, record);
  await removeRecord(host, pod, workload.name);
}

/** Starts a workload that has ended once more, as it was wanted. The pod's lock must be held. */
export async function restartWorkload(
  host: Host,
  root: string,
  pod: LockedPod,
  { name, files, spec }: WorkloadRecord,
): Promise<OwnedWorkload> {
  // First: a new status does not say that it was let go, and gc forgets what never was.
  if (!spec.kept) host.files.replace(files.spec, JSON.stringify({ ...spec, kept: true }));
  host.files.replace(files.status, emptyStatus());
  return fresh(name, await launch(host, root, pod, spec, 'log'));
}

/** Ends a workload by its name. If its record is damaged, the shim is found by the record that it has open. */
export async function endWorkload(
  host: Host,
  pod: PodFiles,
  name: string,
  how: 'gently' | 'at once',
): Promise<void> {
  let record: WorkloadRecord | undefined;
  try {
    record = readWorkload(pod, name);
  } catch {
    // Nothing is known of it but its files, and that is enough.
  }
  if (record && how === 'gently') await stopWorkload(host, pod, record);
  else if (record) await killWorkload(host, record);
  const { status } = workloadFiles(pod, name);
  for (const shim of record ? [] : openersOf(status, RECORD_FD)) {
    signalProcess(
      host.kernel,
      shim,
      'SIGKILL',
      'ends a shim whose record is damaged, and its workload with it',
    );
    await host.until(() => !isRunning(shim), 2000);
  }
}

/** Asks the shim to end its workload, and waits: TERM, the grace period, KILL. Returns what its record then says. */
export async function stopWorkload(
  host: Host,
  pod: PodFiles,
  record: WorkloadRecord,
): Promise<WorkloadStatus> {
  const { shim, process, status } = record;
  if (signalProcess(host.kernel, shim, 'SIGTERM', 'asks the shim to stop its workload')) {
    const grace = (record.spec.grace ?? DEFAULT_GRACE) * 1000;
    if (!(await host.until(() => !isRunning(shim), grace + 2000))) await killWorkload(host, record);
  }
  if (process) await host.until(() => !isRunning(process), 2000);
  return readWorkload(pod, record.name)?.status ?? status;
}

/** Kills the shim, and with it the workload (PR_SET_PDEATHSIG), at once. */
export async function killWorkload(host: Host, { shim, process }: WorkloadRecord): Promise<void> {
  signalProcess(host.kernel, shim, 'SIGKILL', 'ends the shim, and its workload with it');
  await host.until(() => !isRunning(shim) && !(process && isRunning(process)), 2000);
}

/** Waits until a workload has ended for good, however long that takes. */
export async function waitForWorkload(pod: PodFiles, name: string): Promise<WorkloadStatus> {
  for (let pause = 2; ; pause = Math.min(pause * 1.5, 100)) {
    const record = readWorkload(pod, name);
    if (!record) throw new OperationError(`workload "${pod.name}/${name}" was removed`);
    if (!isActive(record)) return readWorkload(pod, name)?.status ?? record.status;
    await sleep(pause);
  }
}

/** Forgets a workload that has ended; a record without a holder goes with its last one. */
export async function forgetWorkload(host: Host, root: string, pod: LockedPod, name: string): Promise<void> {
  await removeRecord(host, pod.files, name);
  if (!pod.intent.holder && workloadNames(pod.files).length === 0) await forgetPod(host, root, pod);
}

/** The directory of all workloads goes with the last of them, as it came with the first. */
export async function removeRecord(host: Host, pod: PodFiles, name: string): Promise<void> {
  const { files } = host;
  await removeLimits(host, { pod, workload: name });
  files.removeTree(workloadFiles(pod, name).directory);
  removeLast(files, pod);
}

/** What all workloads of a pod share goes with the last of them. */
export function removeLast(files: Host['files'], pod: PodFiles): void {
  if (workloadNames(pod).length > 0) return;
  removeApplets(files, pod.applets);
  files.removeEmpty(pod.workloads);
}

function fresh(name: string, { next, stay, letGo, first }: Shim & { readonly first: number }): OwnedWorkload {
  return {
    name,
    process: identify(first) ?? { pid: first, startTime: 0 },
    next,
    stay,
    letGo,
    async ended() {
      const word = await next();
      if (word.said === 'exited') return word;
      throw new OperationError(`workload "${name}": its shim ended without saying how`);
    },
  };
}
