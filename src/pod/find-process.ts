import { openersOf } from '../observe/openers.ts';
import { ALIVE_FD, RECORD_FD } from '../sys/descriptors.ts';
import { shownPidNamespace } from '../sys/instance.ts';
import { childOf, type KnownProcess, openerOf, runs } from '../sys/known-process.ts';
import { ourselves, type ProcessIdentity, pidsOf, processIds } from '../sys/procfs.ts';
import type { WorkloadStatus } from './record.ts';
import { type PodFiles, type PodRecord, readMaybePod } from './store.ts';

/**
 * The holder of a pod, if it runs and this /proc shows it: the process that has the pod's `alive` file open. The recorded pid
 * is looked at first. Of another pid namespace it means nothing here, and all processes are.
 */
export function findHolder({ files, intent, status }: PodRecord): KnownProcess | undefined {
  const { holder, maker } = status ?? {};
  if (!holder) return undefined;
  const { pid } = holder;
  // A child that this process has not reaped keeps its number. In a dry run, this process stands for it.
  if (maker && isOurselves(maker)) return { pid, isRunning: () => runs(pid) };
  const recorded = openerOf(files.alive, ALIVE_FD, pid);
  if (recorded.isRunning()) return recorded;
  return isElsewhere(intent.instance) ? openersOf(files.alive, ALIVE_FD)[0] : undefined;
}

/** Whether recorded pids are those of another pid namespace than the one that this /proc shows. */
export function isElsewhere({ pidns }: { readonly pidns: number }): boolean {
  return pidns !== shownPidNamespace();
}

/** A shim and the first process of its workload, by the numbers that they have in this /proc. */
export interface WorkloadProcesses {
  /** It need not run any more. */
  readonly shim: KnownProcess;
  /** Whether it ran when the record was read. */
  readonly shimRuns: boolean;
  /** Undefined when it does not run. */
  readonly process: KnownProcess | undefined;
  /** The pid namespace that the pids on record are of, where this /proc shows none of them. */
  readonly hiddenIn: number | undefined;
}

/** The processes that a workload's status record names: the shim has that record open, the first process is its child. */
export function findWorkload(pod: PodFiles, record: string, status: WorkloadStatus): WorkloadProcesses {
  const shim = openerOf(record, RECORD_FD, status.shim);
  const process = status.state === 'running' ? childOf(shim, status.pid) : undefined;
  if (shim.isRunning())
    return { shim, shimRuns: true, process: process?.isRunning() ? process : undefined, hiddenIn: undefined };
  const ended = { shim, shimRuns: false, process: undefined };
  const isOver = status.state === 'exited' || status.state === 'failed';
  const instance = isOver ? undefined : readMaybePod(pod.root, pod.name)?.intent.instance;
  if (!instance || !isElsewhere(instance)) return { ...ended, hiddenIn: undefined };
  return findTranslated(record, status) ?? { ...ended, hiddenIn: instance.pidns };
}

/** In the pid namespace of the records the shim has its recorded number, and that one is the last: it is in no other. */
function findTranslated(record: string, status: WorkloadStatus): WorkloadProcesses | undefined {
  const shim = openersOf(record, RECORD_FD).find(({ pid }) => pidsOf(pid).at(-1) === status.shim);
  if (!shim) return undefined;
  const depth = pidsOf(shim.pid).length - 1;
  const isFirst = (pid: number) => pidsOf(pid)[depth] === status.pid && childOf(shim, pid).isRunning();
  const pid = status.state === 'running' ? processIds().find(isFirst) : undefined;
  const process = pid === undefined ? undefined : childOf(shim, pid);
  return { shim, shimRuns: true, process, hiddenIn: undefined };
}

function isOurselves({ pid, startTime }: ProcessIdentity): boolean {
  return pid === ourselves().pid && startTime === ourselves().startTime;
}
