import type { DriverName } from '../net/driver.ts';
import type { Subject } from '../observe/matrix.ts';
import type { PortMapping } from '../spec/port.ts';
import type { KnownProcess } from '../sys/known-process.ts';
import { bootId, isRunning } from '../sys/procfs.ts';
import { findHolder, isElsewhere } from './find-process.ts';
import { podProgress } from './pod-status.ts';
import { networkOf, type Wiring } from './record.ts';
import type { PodRecord } from './store.ts';
import {
  hidden,
  type LostRecord,
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
  /** How many containers are ready, of how many. */
  readonly ready: string;
  readonly holder?: { readonly pid: number; readonly startTime: number };
  readonly namespaces: Readonly<Partial<Record<string, number>>>;
  readonly hostname: string;
  readonly network: PodNetworkView;
  readonly workloads: readonly WorkloadView[];
  readonly createdAt: string;
  readonly bootId: string;
  /** What it was made from, as Kubernetes spells it. */
  readonly manifest?: object;
}

/** How a pod is connected. Beside `interfaces` it has what the first one of these has. */
export interface PodNetworkView extends Partial<Omit<Wiring, 'network' | 'address'>> {
  /** Of its first network; the path of an adopted namespace, `none` or `host`. */
  readonly name: string;
  readonly driver?: DriverName;
  /** The name under which `ip netns` knows the pod's network namespace. */
  readonly netns?: string;
  /** That name is a mount (`ip netns attach`): it keeps the namespace when the holder is gone. */
  readonly pinned?: boolean;
  readonly adopted?: { readonly path: string; readonly inode: number };
  /** With their prefix lengths. */
  readonly addresses: readonly string[];
  readonly ports: readonly PortMapping[];
  readonly interfaces: readonly Wiring[];
}

export interface WorkloadView {
  readonly name: string;
  readonly pod: string;
  readonly state: string;
  readonly ready: boolean;
  readonly pid: number | null;
  readonly exitCode: number | null;
  readonly signal: number | null;
  readonly restarts: number;
  readonly note: string;
  readonly command: readonly string[];
  /** The directory of its image, where that is one; null: the host's root. */
  readonly rootfs: string | null;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly log: string | null;
}

/** What runs of a pod, at one moment: all that is said of it is said of the same. */
export interface SeenPod {
  readonly holder: KnownProcess | undefined;
  readonly workloads: readonly (WorkloadRecord | LostRecord)[];
}

export function seePod(pod: PodRecord): SeenPod {
  return { holder: findHolder(pod), workloads: surveyWorkloads(pod.files) };
}

/** The state of a pod in words. The kernel has the last one: a record alone never says `running`. */
export function podState({ intent, status }: PodRecord, { holder, workloads }: SeenPod): string {
  if (intent.instance.bootId !== bootId()) return 'Gone (the machine has booted since)';
  const running = workloads.some((workload) => 'process' in workload && workload.process);
  const elsewhere = isElsewhere(intent.instance);
  if (elsewhere && !holder && !running) return hidden(intent.instance.pidns);
  if (!status) return UNCOMMITTED;
  if (status.terminating) return 'Terminating';
  if (status.maker && elsewhere) return UNCOMMITTED;
  if (status.maker)
    return isRunning(status.maker) ? 'ContainerCreating' : 'Half made (its creator was killed)';
  // What `run` starts in a pod that `hold` has made is no part of the pod.
  if (holder) return intent.manifest ? podProgress(workloads).word : 'Running';
  if (!intent.holder) return podProgress(workloads).word;
  return running ? 'Holder dead (its workloads keep the namespaces)' : 'Dead (its holder is gone)';
}

const UNCOMMITTED = 'ContainerCreating (or its creator was killed)';

/** Whether it is whole, and its holder lives: whatever its programs do. */
export function isStanding(pod: PodRecord): boolean {
  const { intent, status } = pod;
  if (intent.instance.bootId !== bootId() || !status || status.terminating || status.maker) return false;
  return findHolder(pod) !== undefined;
}

/** As kubectl's column READY: `1/2`. */
export function readyOf({ workloads }: SeenPod): string {
  const { ready, containers } = podProgress(workloads);
  return `${ready}/${containers}`;
}

export function viewPod(pod: PodRecord): PodView {
  const { intent, status } = pod;
  const seen = seePod(pod);
  const interfaces = status?.wiring ?? [];
  const { address: _, ...first } = interfaces[0] ?? {};
  return {
    name: intent.name,
    state: podState(pod, seen),
    ready: readyOf(seen),
    ...(status?.holder && {
      // Where it runs, by the number that it has in this /proc.
      holder: { pid: (seen.holder ?? status.holder).pid, startTime: status.holder.startTime },
    }),
    namespaces: status?.namespaces ?? {},
    hostname: intent.hostname,
    network: {
      name: intent.interfaces[0]?.network ?? networkOf(intent),
      ...first,
      ...(status?.driver && { driver: status.driver }),
      ...(intent.netnsLink && { netns: intent.netnsLink }),
      ...(intent.pinned && { pinned: true }),
      ...(intent.netns && { adopted: { path: intent.netns.path, inode: intent.netns.inode } }),
      addresses: interfaces.map(({ address }) => address),
      ports: intent.ports,
      interfaces,
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
    ready: process !== undefined && status.ready,
    pid: process?.pid ?? null,
    exitCode: over ? shellStatus(status) : null,
    signal: over && status.signal > 0 ? status.signal : null,
    restarts: status.restarts,
    note: status.note,
    command: spec.command,
    rootfs: spec.rootfs ?? null,
    startedAt: time(status.startedAt),
    finishedAt: time(status.finishedAt),
    log: spec.logged ? files.log : null,
  };
}

/** The processes of a pod that run now: its holder first. */
export function subjects(record: PodRecord): Subject[] {
  const pod = record.intent.name;
  const holder = findHolder(record);
  const workloads = readWorkloads(record.files).flatMap(({ name, process }) =>
    process ? [{ pod, name, role: 'workload' as const, pid: process.pid }] : [],
  );
  return [
    ...(holder ? [{ pod, name: 'pause', role: 'holder' as const, pid: holder.pid }] : []),
    ...workloads,
  ];
}

function time(milliseconds: number): string | null {
  const date = new Date(milliseconds);
  // A damaged record may have a number that is no time.
  return milliseconds > 0 && !Number.isNaN(date.getTime()) ? date.toISOString() : null;
}
