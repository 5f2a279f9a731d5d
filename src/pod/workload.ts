import { existsSync } from 'node:fs';
import { openersOf } from '../observe/openers.ts';
import { DEFAULT_GRACE } from '../spec/workload-spec.ts';
import { RECORD_FD } from '../sys/descriptors.ts';
import { OperationError } from '../sys/errors.ts';
import { childOf, type KnownProcess, openerOf, watchEnd } from '../sys/known-process.ts';
import { isSealed, seal } from '../sys/seal.ts';
import { signalProcess } from '../sys/signal.ts';
import { removeApplets } from './applets.ts';
import { killAll } from './end-shims.ts';
import { forgetPod } from './forget.ts';
import type { Host } from './host.ts';
import { type LifetimePipe, launch, type Output, prepare } from './launch.ts';
import { removeLimits } from './limits.ts';
import type { LockedPod } from './lock-pod.ts';
import type { WorkloadStatus } from './record.ts';
import { emptyStatus } from './record.ts';
import type { Shim, Word } from './shim.ts';
import type { PodFiles } from './store.ts';
import { asWork } from './unfinished.ts';
import {
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
  readonly process: KnownProcess;
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
): Promise<OwnedWorkload> {
  const { status } = workloadFiles(pod.files, spec.name);
  return withRecord(host, pod, spec, async () =>
    fresh(spec.name, status, await launch(host, root, pod, spec, output)),
  );
}

/** Makes a workload's record, and starts its shim, which waits for `go` on `control`. The pod's lock must be held. */
export async function prepareWorkload(
  host: Host,
  root: string,
  pod: LockedPod,
  spec: StoredSpec,
  waiting: { readonly control: number; readonly lifetime: readonly LifetimePipe[] },
): Promise<void> {
  return withRecord(host, pod, spec, async () => prepare(host, root, pod, spec, waiting));
}

async function withRecord<T>(
  host: Host,
  pod: LockedPod,
  spec: StoredSpec,
  start: () => Promise<T>,
): Promise<T> {
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
      code: 'ERR_WORKLOAD_EXISTS',
      hint: `remove it first: nslab rm ${pod.intent.name}/${spec.name}`,
    });
  }
  seal(files, pod.files.workloads);
  try {
    files.makeDirectory(paths.stage);
    files.create(paths.spec, JSON.stringify(spec));
    files.create(paths.status, emptyStatus());
    return await start();
  } catch (error) {
    await removeRecord(host, pod.files, spec.name);
    throw error;
  }
}

/** Removes a workload that is still owned: its shim ends it when the socket is closed. */
export async function withdrawWorkload(host: Host, pod: PodFiles, workload: OwnedWorkload): Promise<void> {
  workload.letGo();
  const record = readWorkload(pod, workload.name);
  if (record && !(await waitForEnd(host, [record.shim], 2000))) await killWorkload(host, record);
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
  return fresh(name, files.status, await launch(host, root, pod, spec, 'log'));
}

/** Ends a workload by its name. If its record is damaged, the shim is found by the record that it has open. */
export async function endWorkload(host: Host, pod: PodFiles, name: string, how: How): Promise<void> {
  let record: WorkloadRecord | undefined;
  try {
    record = readWorkload(pod, name);
  } catch {
    // Nothing is known of it but its files, and that is enough.
  }
  if (record && how !== 'at once') await stopWorkload(host, pod, record, how.grace);
  else if (record) await killWorkload(host, record);
  // A shim that has just been started has not written who it is.
  if (record && record.shim.pid !== 0) return;
  await killAll(host, openersOf(workloadFiles(pod, name).status, RECORD_FD));
}

/**
 * `grace`: TERM, and KILL after so many seconds; undefined: after those that the workload was made with, which its shim counts.
 * `leaves`: a signal to this verb ends its waiting, and not what it waits for. `at once`: KILL.
 */
export type How = 'at once' | { readonly grace?: number | undefined; readonly leaves?: boolean };

/** Asks the shim to end its workload, and waits: TERM, the grace period, KILL. Returns what its record then says. */
export async function stopWorkload(
  host: Host,
  pod: PodFiles,
  record: WorkloadRecord,
  wanted?: number,
): Promise<WorkloadStatus> {
  const { shim, process, status } = record;
  if (signalProcess(host.kernel, shim, 'SIGTERM', 'asks the shim to stop its workload')) {
    const own = (record.spec.grace ?? DEFAULT_GRACE) * 1000;
    // Its shim counts its own grace period, and takes a moment to say how that ended.
    const patience = wanted === undefined ? own + 2000 : wanted * 1000;
    if (!(await waitForEnd(host, [shim], patience))) await killWorkload(host, record);
  }
  if (process) await waitForEnd(host, [process], 2000);
  return readWorkload(pod, record.name)?.status ?? status;
}

/** Ends the workload at once: its shim kills it, with all that it has left behind. */
export async function killWorkload(host: Host, { shim, process }: WorkloadRecord): Promise<void> {
  await killAll(host, [shim], process && [process]);
}

function waitForEnd(host: Host, processes: readonly KnownProcess[], patience: number): Promise<boolean> {
  return watchEnd(processes, (haveEnded) => host.until(haveEnded, patience));
}

/** Forgets a workload that has ended; a record without a holder goes with its last one. */
export async function forgetWorkload(host: Host, root: string, pod: LockedPod, name: string): Promise<void> {
  await asWork(host, root, async () => {
    await removeRecord(host, pod.files, name);
    if (!pod.intent.holder && workloadNames(pod.files).length === 0) await forgetPod(host, root, pod);
  });
}

/** The directory of all workloads goes with the last of them, as it came with the first. */
export async function removeRecord(host: Host, pod: PodFiles, name: string): Promise<void> {
  const { files } = host;
  await removeLimits(host, { pod, workload: name });
  const isOurs = existsSync(pod.workloads) && isSealed(pod.workloads);
  files.removeTree(workloadFiles(pod, name).directory);
  // Where another program has changed it, that stays to be seen: a workload may run without a record.
  if (!isOurs) return;
  seal(files, pod.workloads);
  removeLast(files, pod);
}

/** What all workloads of a pod share goes with the last of them. */
export function removeLast(files: Host['files'], pod: PodFiles): void {
  if (workloadNames(pod).length > 0) return;
  removeApplets(files, pod.applets);
  files.removeEmpty(pod.workloads);
}

function fresh(
  name: string,
  record: string,
  { pid, next, stay, letGo, first }: Shim & { readonly first: number },
): OwnedWorkload {
  return {
    name,
    process: childOf(openerOf(record, RECORD_FD, pid), first),
    next,
    stay,
    letGo,
    async ended() {
      for (;;) {
        const word = await next();
        if (word.said === 'exited') return word;
        if (word.said === 'nothing')
          throw new OperationError(`workload "${name}": its shim ended without saying how`);
      }
    },
  };
}
