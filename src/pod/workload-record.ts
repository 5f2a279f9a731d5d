import { join } from 'node:path';
import type { WorkloadSpec } from '../spec/workload-spec.ts';
import { directoryEntries } from '../sys/directory-entries.ts';
import { OperationError } from '../sys/errors.ts';
import { isRunning, type ProcessIdentity } from '../sys/procfs.ts';
import { parseRecord, readPlainText, readRecord, UnusableFile } from '../sys/record-file.ts';
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
export interface WorkloadRecord {
  readonly name: string;
  readonly files: WorkloadFiles;
  readonly spec: StoredSpec;
  readonly status: WorkloadStatus;
  readonly shim: ProcessIdentity;
  /** Its first process, as the host counts; undefined when it does not run. */
  readonly process: ProcessIdentity | undefined;
}

/** `spec.json`: the wish, with everything resolved that must stay the same when it is started again. */
export interface StoredSpec extends WorkloadSpec {
  readonly userIds: User;
  readonly limitGroups: readonly LimitGroup[];
  readonly hostname: string;
  /** Who started it, and until `stay` is said keeps it. */
  readonly creator: ProcessIdentity;
  /** It was restarted, and so had been let go before: it is kept, whatever becomes of who starts it again. */
  readonly kept?: true;
  /** Its environment, whole. */
  readonly environment: Readonly<Record<string, string>>;
  /** False: its output went to the terminal of whoever ran it. */
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
export function readWorkload(pod: PodFiles, name: string): WorkloadRecord | undefined {
  const files = workloadFiles(pod, name);
  const spec = usable(files.spec, (path) => readRecord<StoredSpec>(path, SPEC_SHAPE));
  const status = usable(files.status, readStatus);
  if (!spec || !status) return undefined;
  const shim = { pid: status.shim, startTime: status.shimStart };
  const process = { pid: status.pid, startTime: status.start };
  return {
    name,
    files,
    spec,
    status,
    shim,
    process: status.state === 'running' && isRunning(process) ? process : undefined,
  };
}

/** All workloads of a pod that have a record. */
export function readWorkloads(pod: PodFiles): WorkloadRecord[] {
  return workloadNames(pod).flatMap((name) => readWorkload(pod, name) ?? []);
}

/** All workloads of a pod; of one whose record says nothing we can use, why. For who must not fail because of one. */
export function surveyWorkloads(pod: PodFiles): (WorkloadRecord | LostRecord)[] {
  return workloadNames(pod).map((name) => {
    try {
      return readWorkload(pod, name) ?? { name, lost: 'being made (or its record is lost)' };
    } catch (error) {
      return { name, lost: `unknown (${(error as Error).message})` };
    }
  });
}

/** A workload of which only its name is known. */
export interface LostRecord {
  readonly name: string;
  /** In words, as a state is. */
  readonly lost: string;
}

/** The state in words that people read, and that a dead shim cannot write any more. */
export function workloadState({ status, shim, process }: WorkloadRecord): string {
  switch (status.state) {
    case 'exited':
      return status.signal > 0 ? `killed by signal ${status.signal}` : `exited (${status.code})`;
    case 'failed':
      return `failed (${status.step})`;
    case 'running':
      return process ? running(status) : isRunning(shim) ? 'ending' : 'lost (its shim was killed)';
    default:
      return isRunning(shim) ? status.state : 'lost (its shim was killed)';
  }
}

/** What its hooks and probes have found, where it has any. */
function running({ started, ready }: WorkloadStatus): string {
  if (!started) return 'running (starting)';
  return ready ? 'running' : 'running (not ready)';
}

/** Whether it runs, waits to run again, or is about to. */
export function isActive({ status, shim }: WorkloadRecord): boolean {
  return ['created', 'running', 'waiting'].includes(status.state) && isRunning(shim);
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
      hint: 'remove the workload: nslab rm -f POD/WORKLOAD',
    });
  }
}
