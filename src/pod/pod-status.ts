import { isActive, type LostRecord, type WorkloadRecord, workloadState } from './workload-record.ts';

/** How far the containers of a pod are. */
export interface PodProgress {
  /** As `kubectl get pods` has it in STATUS: `Pending`, `Init:0/2`, `PodInitializing`, `Running`, `CrashLoopBackOff`, `Completed`, `Error`. */
  readonly word: string;
  /** How many containers are ready, of how many that are not init containers. */
  readonly ready: number;
  readonly containers: number;
  /** `failed`: it will not become ready any more. `succeeded`: all of it has ended as it should. */
  readonly outcome: 'pending' | 'ready' | 'succeeded' | 'failed';
}

/** From all that is known of its workloads. kubernetes: pkg/printers/internalversion/printers.go, printPod */
export function podProgress(workloads: readonly (WorkloadRecord | LostRecord)[]): PodProgress {
  const all = workloads.flatMap((workload) => ('lost' in workload ? [] : [workload]));
  const ordered = all.sort((a, b) => (a.spec.order ?? 0) - (b.spec.order ?? 0));
  const first = ordered.filter(({ spec }) => spec.phase !== undefined);
  const mains = ordered.filter(({ spec }) => spec.phase === undefined);
  const serving = [...mains, ...ordered.filter(({ spec }) => spec.phase === 'sidecar')];
  const ready = serving.filter(isReady).length;
  const counts = { ready, containers: serving.length };
  if (all.length > 0 && all.every(waitsForTurn)) return { word: 'Pending', ...counts, outcome: 'pending' };
  const initial = initialWord(first);
  if (initial !== undefined)
    return { word: initial, ...counts, outcome: first.some(hasFailed) ? 'failed' : 'pending' };
  return { word: wordOf(mains), ...counts, outcome: outcomeOf(mains, ready === serving.length) };
}

/** Its pod is of a Job that has begun with others. */
function waitsForTurn({ spec, status, shimRuns }: WorkloadRecord): boolean {
  return spec.queued === true && status.state === 'created' && shimRuns;
}

/** Undefined when the init containers have ended and the sidecars among them have started. */
function initialWord(first: readonly WorkloadRecord[]): string | undefined {
  const done = first.findIndex((workload) => !isInitialized(workload));
  const current = first[done];
  if (!current) return undefined;
  // `Terminating`: its process has ended, and its shim has yet to write how.
  const word = workloadState(current);
  return /^(Running|Terminating|PodInitializing|NotStarted|Completed)/.test(word)
    ? `Init:${done}/${first.length}`
    : `Init:${word}`;
}

function isInitialized({ spec, status }: WorkloadRecord): boolean {
  if (spec.phase === 'sidecar') return status.started || status.state === 'exited';
  return status.state === 'exited' && status.code === 0;
}

/** The last container that has something else to say than `Running` says it for the pod. */
function wordOf(mains: readonly WorkloadRecord[]): string {
  const words = mains.map(workloadState);
  const isRunningWord = (word: string) => word === 'Running';
  const other = words.findLast((word) => !isRunningWord(word) && word !== 'Completed');
  if (other !== undefined) return other;
  return words.some(isRunningWord) || words.length === 0 ? 'Running' : 'Completed';
}

function outcomeOf(mains: readonly WorkloadRecord[], allReady: boolean): PodProgress['outcome'] {
  if (mains.some(hasFailed)) return 'failed';
  if (mains.length > 0 && mains.every(({ status }) => status.state === 'exited')) return 'succeeded';
  return allReady ? 'ready' : 'pending';
}

/** For good: no attempt follows. */
function hasFailed(workload: WorkloadRecord): boolean {
  const { status, shimRuns, spec } = workload;
  if (isActive(workload) || spec.phase === 'sidecar') return false;
  if (status.state === 'created') return status.stay && !shimRuns;
  return status.state !== 'exited' || status.code !== 0;
}

function isReady({ status, process }: WorkloadRecord): boolean {
  return status.state === 'running' && process !== undefined && status.ready;
}
