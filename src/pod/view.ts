import type { Subject } from '../observe/matrix.ts';
import { pidNamespace } from '../sys/instance.ts';
import { bootId, isRunning } from '../sys/procfs.ts';
import type { PodRecord } from './store.ts';
import {
  readWorkloads,
  shellStatus,
  surveyWorkloads,
  type WorkloadRecord,
  workloadState,
} from './workload-record.ts';

/** What `inspect` prints of a pod. */
export interface PodView {
  readonly name: string;
  readonly state: string;
  readonly holder?: { readonly pid: number; readonly startTime: number };
  readonly namespaces: Readonly<Partial<Record<string, number>>>;
  readonly hostname: string;
  readonly network: object;
  readonly workloads: readonly WorkloadView[];
  readonly createdAt: string;
  readonly bootId: string;
  /** What it was made from, as Kubernetes spells it. */
  readonly manifest?: object;
}

export interface WorkloadView {
  readonly name: string;
  readonly pod: string;
  readonly state: string;
  readonly pid: number | null;
  readonly exitCode: number | null;
  readonly signal: number | null;
  readonly restarts: number;
  readonly note: string;
  readonly command: readonly string[];
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly log: string | null;
}

/** The state of a pod in words. The kernel has the last one: a record alone never says `running`. */
export function podState({ intent, status, files }: PodRecord): string {
  if (intent.instance.bootId !== bootId()) return 'gone (the machine has booted since)';
  if (intent.instance.pidns !== pidNamespace())
    return `unknown (its pids are of pid:[${intent.instance.pidns}])`;
  if (!status) return 'being made (or its creator was killed)';
  if (status.terminating) return 'terminating';
  if (status.maker) return isRunning(status.maker) ? 'being made' : 'half made (its creator was killed)';
  const running = surveyWorkloads(files).some((workload) => 'process' in workload && workload.process);
  if (!intent.holder) return running ? 'running' : 'exited';
  if (status.holder && isRunning(status.holder)) return 'running';
  return running ? 'holder dead (its workloads keep the namespaces)' : 'dead (its holder is gone)';
}

export function viewPod(pod: PodRecord): PodView {
  const { intent, status } = pod;
  const { address, ...wiring } = status?.wiring ?? {};
  return {
    name: intent.name,
    state: podState(pod),
    ...(status?.holder && { holder: { pid: status.holder.pid, startTime: status.holder.startTime } }),
    namespaces: status?.namespaces ?? {},
    hostname: intent.hostname,
    network: {
      name: intent.network,
      ...wiring,
      ...(status?.driver && { driver: status.driver }),
      ...(intent.netnsLink && { netns: intent.netnsLink }),
      addresses: address === undefined ? [] : [address],
      ports: intent.ports,
    },
    workloads: readWorkloads(pod.files).map((workload) => viewWorkload(pod, workload)),
    createdAt: intent.createdAt,
    bootId: intent.instance.bootId,
    ...(intent.manifest && { manifest: intent.manifest }),
  };
}

export function viewWorkload({ intent }: PodRecord, workload: WorkloadRecord): WorkloadView {
  const { status, spec, files, process } = workload;
  const over = status.state === 'exited' || status.state === 'failed';
  return {
    name: workload.name,
    pod: intent.name,
    state: workloadState(workload),
    pid: process?.pid ?? null,
    exitCode: over ? shellStatus(status) : null,
    signal: over && status.signal > 0 ? status.signal : null,
    restarts: status.restarts,
    note: status.note,
    command: spec.command,
    startedAt: time(status.startedAt),
    finishedAt: time(status.finishedAt),
    log: spec.logged ? files.log : null,
  };
}

/** The processes of a pod that run now: its holder first. */
export function subjects({ intent, status, files }: PodRecord): Subject[] {
  const pod = intent.name;
  const holder =
    status?.holder && isRunning(status.holder)
      ? [{ pod, name: 'pause', role: 'holder' as const, pid: status.holder.pid }]
      : [];
  const workloads = readWorkloads(files).flatMap(({ name, process }) =>
    process ? [{ pod, name, role: 'workload' as const, pid: process.pid }] : [],
  );
  return [...holder, ...workloads];
}

function time(milliseconds: number): string | null {
  const date = new Date(milliseconds);
  // A damaged record may have a number that is no time.
  return milliseconds > 0 && !Number.isNaN(date.getTime()) ? date.toISOString() : null;
}
