import { join } from 'node:path';
import type { WorkloadSpec } from '../spec/workload-spec.ts';
import { directoryEntries } from '../sys/directory-entries.ts';
import { OperationError } from '../sys/errors.ts';
import type { ProcessIdentity } from '../sys/procfs.ts';
import { parseRecord, readPlainText, readRecord, UnusableFile } from '../sys/record-file.ts';
import { findWorkload, type WorkloadProcesses } from './find-process.ts';
import type { LimitGroup } from './limits.ts';
import { SPEC_SHAPE, WORKLOAD_STATUS_SHAPE, type WorkloadStatus } from './record.ts';
import type { PodFiles } from './store.ts';
import type { User } from './user.ts';

/** The files of one workload. */
export interface WorkloadFiles {
  readonly directory: string;
  readonly spec: string;
  readonly status: string;
  readonly log: string;
  /** An empty directory on which the shim builds the private root, in the workload's own mount namespace. */
  readonly stage: string;
}

/** What is known of a workload: how it was wanted, and what its shim has written down. */
export interface WorkloadRecord extends WorkloadProcesses {
  readonly name: string;
  readonly files: WorkloadFiles;
  readonly spec: StoredSpec;
  readonly status: WorkloadStatus;
}

/** `spec.json`: the spec, with everything resolved that must stay the same when it is started again. */
export interface StoredSpec extends WorkloadSpec {
  readonly userIds: User;
  readonly limitGroups: readonly LimitGroup[];
  readonly hostname: string;
  /** Who started it, and until `stay` is said keeps it. */
  readonly creator: ProcessIdentity;
  /** It was restarted, so it had been detached before: it stays, whatever becomes of the verb that restarts it. */
  readonly kept?: true;
  /** Its environment, whole. */
  readonly environment: Readonly<Record<string, string>>;
  /** Its place among the containers of a pod that are started in order. */
  readonly order?: number;
  /** Its pod begins when others of its Job have ended. */
  readonly queued?: true;
  /** Its failures are counted with those of its Job, and when it has failed for good, its Job has. */
  readonly failsJob?: true;
  /** False: its output went to the terminal of `nslab run`. */
  readonly logged: boolean;
}

export function workloadFiles(pod: PodFiles, name: string): WorkloadFiles {
  const directory = join(pod.workloads, name);
  const file = (base: string) => join(directory, base);
  return {
    directory,
    spec: file('spec.json'),
    status: file('status'),
    log: file('log'),
    stage: file('stage'),
  };
}

export function workloadNames(pod: PodFiles): string[] {
  return directoryEntries(pod.workloads);
}

/** A workload's record, or undefined when there is none (or none yet: its creator is still at it). */
export function readWorkload(pod: PodFiles, name: string, find = findWorkload): WorkloadRecord | undefined {
  const files = workloadFiles(pod, name);
  const spec = usable(files.spec, (path) => readRecord<StoredSpec>(path, SPEC_SHAPE));
  if (!spec) return undefined;
  for (let before: WorkloadStatus | undefined; ; ) {
    const status = usable(files.status, readStatus);
    if (!status) return undefined;
    const processes = find(pod, files.status, status);
    // What a shim wrote while it ran need not be its last word. What is read after its end is.
    if (processes.shimRuns || status.seq === before?.seq) return { name, files, spec, status, ...processes };
    before = status;
  }
}

/** All workloads of a pod that have a record. */
export function readWorkloads(pod: PodFiles): WorkloadRecord[] {
  return workloadNames(pod).flatMap((name) => readWorkload(pod, name) ?? []);
}

/** All workloads of a pod; for one whose record is damaged, the reason. Used where one damaged record must not be an error. */
export function surveyWorkloads(pod: PodFiles): (WorkloadRecord | LostRecord)[] {
  return workloadNames(pod).map((name) => {
    try {
      return readWorkload(pod, name) ?? { name, lost: 'ContainerCreating (or its record is lost)' };
    } catch (error) {
      return { name, lost: `Unknown (${(error as Error).message})` };
    }
  });
}

/** Whether one of its shims lives. */
export function hasShims(pod: PodFiles): boolean {
  return surveyWorkloads(pod).some((workload) => 'shimRuns' in workload && workload.shimRuns);
}

/** A workload of which only its name is known. */
export interface LostRecord {
  readonly name: string;
  /** In words, as a state is. */
  readonly lost: string;
}

/**
 * The state in kubectl's words, with the status of one that has failed, and in words of our own for what a dead shim cannot
 * write any more.
 */
export function workloadState({ spec, status, shimRuns, process, hiddenIn }: WorkloadRecord): string {
  if (hiddenIn !== undefined) return hidden(hiddenIn);
  switch (status.state) {
    case 'exited':
      if (status.signal > 0) return `Error (signal ${status.signal})`;
      return status.code === 0 ? 'Completed' : `Error (${status.code})`;
    case 'failed':
      return `StartError (${status.step})`;
    case 'waiting':
      return shimRuns ? 'CrashLoopBackOff' : LOST;
    case 'running':
      return process ? 'Running' : shimRuns ? 'Terminating' : LOST;
    default:
      if (shimRuns) return spec.order === undefined ? 'ContainerCreating' : 'PodInitializing';
      return status.stay ? 'NotStarted' : LOST;
  }
}

const LOST = 'Lost (its shim was killed)';

/** What cannot be said here, in words. */
export function hidden(pidns: number): string {
  return `Unknown (its pids are of pid:[${pidns}])`;
}

/** Whether it runs, waits to run again, or is about to. Where its shim cannot be seen, its record says so. */
export function isActive({ status, shimRuns, hiddenIn }: WorkloadRecord): boolean {
  return ['created', 'running', 'waiting'].includes(status.state) && (hiddenIn !== undefined || shimRuns);
}

/** The exit status as a shell has it: 128+n for signal n. */
export function shellStatus({ code, signal }: WorkloadStatus): number {
  return signal > 0 ? 128 + signal : code;
}

/**
 * The shim rewrites its record in one write, and a reader may still meet it half-way: the number at its beginning
 * and at its end must be the same.
 */
function readStatus(path: string): WorkloadStatus | undefined {
  let wrong: unknown;
  for (let attempt = 0; attempt < 100; attempt++) {
    const text = readPlainText(path);
    if (text === undefined || text.trim() === '') return undefined;
    try {
      const status = parseRecord<WorkloadStatus>(text, WORKLOAD_STATUS_SHAPE);
      if (status.seq === status.end) return status;
      wrong = new UnusableFile('its beginning and its end are not of one writing');
    } catch (error) {
      // Met half-way: once more.
      wrong = error;
    }
  }
  throw wrong;
}

function usable<T>(path: string, read: (path: string) => T): T {
  try {
    return read(path);
  } catch (error) {
    if (!(error instanceof UnusableFile)) throw error;
    throw new OperationError(`the workload's record cannot be used: ${error.message} (${path})`, {
      cause: error,
      code: 'ERR_DAMAGED_RECORD',
      hint: 'remove the workload: nslab rm -f POD/WORKLOAD',
    });
  }
}
