import { closeSync, openSync } from 'node:fs';
import { KINDS } from '../ns/kinds.ts';
import type { ShareKind } from '../spec/pod-spec.ts';
import type { Origin } from '../spec/workload-spec.ts';
import { OperationError } from '../sys/errors.ts';
import { pidNamespace } from '../sys/instance.ts';
import { bootId, isRunning, type ProcessIdentity } from '../sys/procfs.ts';
import type { Intent } from './record.ts';
import { type PodRecord, podFiles, podNames, readPod } from './store.ts';
import { readWorkload, type WorkloadRecord, workloadNames } from './workload-record.ts';

/** What a name on the command line means: a pod, or one workload of it. */
export interface Target {
  readonly pod: PodRecord;
  readonly workload?: WorkloadRecord;
}

/** Finds `POD`, `POD/WORKLOAD`, or a workload by its bare name where only one is called so. */
export function findTarget(root: string, name: string): Target {
  const place = findPlace(root, name);
  const pod = readPod(root, place.pod);
  if (place.workload === undefined && pod.intent.holder) return { pod };
  const workload = readWorkload(pod.files, place.workload ?? place.pod);
  if (workload) return { pod, workload };
  throw new OperationError(`pod "${place.pod}" has no workload "${place.workload}"`, {
    hint: `see \`nslab ps -a\``,
  });
}

/** Where what a name means would be, from the names alone: no record is read, and so none that is damaged stands in the way. */
export function findPlace(root: string, name: string): { readonly pod: string; readonly workload?: string } {
  const [pod = '', workload, ...rest] = name.split('/');
  const names = podNames(root);
  if (rest.length === 0 && names.includes(pod)) return { pod, ...(workload !== undefined && { workload }) };
  const found =
    workload === undefined ? names.filter((each) => workloadNames(podFiles(root, each)).includes(name)) : [];
  if (found.length > 1) {
    const choices = found.map((pod) => `${pod}/${name}`).join(', ');
    throw new OperationError(`several workloads are called "${name}"`, { hint: `say which one: ${choices}` });
  }
  if (found[0] === undefined)
    throw new OperationError(`no such pod or workload: ${name}`, { hint: 'see `nslab ps -a`' });
  return { pod: found[0], workload: name };
}

/** Finds by name, from the records. */
export type Find = (name: string) => Target;

export function findIn(root: string): Find {
  return (name) => findTarget(root, name);
}

/** The same for a verb that has a pod at hand: that one is as the verb knows it, whatever is written down by now. */
export function findFrom(pod: PodRecord, root: string): Find {
  return (name) => (pod.intent.holder && name === pod.intent.name ? { pod } : findTarget(root, name));
}

/** The process whose namespaces are joined when this target is: the holder, or the workload itself. */
export function runningProcess({ pod, workload }: Target): ProcessIdentity {
  const what = workload ? `workload "${pod.intent.name}/${workload.name}"` : `pod "${pod.intent.name}"`;
  const process = workload ? workload.process : pod.status?.holder;
  const { pidns } = pod.intent.instance;
  if (pidns !== pidNamespace())
    throw new OperationError(
      `the pids of ${what} are of pid:[${pidns}], and this process is in pid:[${pidNamespace()}]`,
      {
        hint: 'go there: nsenter -t PID --pid --mount nslab …',
      },
    );
  if (!process || pod.intent.instance.bootId !== bootId() || !isRunning(process)) {
    throw new OperationError(`cannot join the namespaces of ${what}: it is not running`, {
      hint: workload
        ? `see \`nslab ps -a\``
        : 'its holder is gone: take the pod down (`nslab down`), and make it again',
    });
  }
  return process;
}

/** An open namespace to join, as the shim gets it. */
export interface Joined {
  readonly kind: ShareKind;
  readonly fd: number;
}

/** Opens the namespaces that a workload joins. The caller closes them. */
export function openOrigins(
  find: Find,
  origins: Readonly<Record<ShareKind, Origin>>,
): { joined: Joined[]; fresh: ShareKind[]; close(): void } {
  const joined: Joined[] = [];
  const fresh: ShareKind[] = [];
  const close = () => {
    for (const { fd } of joined) closeSync(fd);
  };
  try {
    for (const [kind, origin] of Object.entries(origins) as [ShareKind, Origin][]) {
      if (origin === 'new') fresh.push(kind);
      if (typeof origin !== 'object') continue;
      const target = find(origin.of);
      refuseUnshared(target, kind);
      joined.push({ kind, fd: openSync(`/proc/${runningProcess(target).pid}/ns/${kind}`, 'r') });
    }
  } catch (error) {
    close();
    throw error;
  }
  return { joined, fresh, close };
}

/** Docker says `non-shareable IPC`; the same sense for every kind. */
function refuseUnshared({ pod, workload }: Target, kind: ShareKind): void {
  const { name, share, network }: Intent = pod.intent;
  if (workload || share.includes(kind) || (kind === 'net' && network === 'host')) return;
  throw new OperationError(
    `non-shareable ${kind} namespace (${KINDS[kind].what}): pod "${name}" has none of its own`,
    {
      hint: `make the pod with --share ${[...share, kind].join(',')}`,
    },
  );
}
