import { closeSync, openSync } from 'node:fs';
import { KINDS } from '../ns/kinds.ts';
import { splitName } from '../spec/names.ts';
import type { ShareKind } from '../spec/pod-spec.ts';
import type { Origin } from '../spec/workload-spec.ts';
import { InputError, OperationError } from '../sys/errors.ts';
import { pidNamespace } from '../sys/instance.ts';
import type { KnownProcess } from '../sys/known-process.ts';
import { bootId } from '../sys/procfs.ts';
import { findHolder, isElsewhere } from './find-process.ts';
import type { Intent } from './record.ts';
import { isPod, type PodRecord, podFiles, podNames, readPod } from './store.ts';
import { readWorkload, type WorkloadRecord, workloadNames } from './workload-record.ts';

/** What a name on the command line means: a pod, or one workload of it. */
export interface Target {
  readonly pod: PodRecord;
  readonly workload?: WorkloadRecord;
}

/** What `ps` calls the holder. */
const HOLDER = 'pause';

/** Finds `POD`, `POD/WORKLOAD`, `POD/pause` for the holder, or a workload by its bare name where only one is called so. */
export function findTarget(root: string, name: string): Target {
  const place = findPlace(root, name);
  const pod = readPod(root, place.pod);
  if (place.workload === undefined && pod.intent.holder) return { pod };
  const workload = readWorkload(pod.files, place.workload ?? place.pod);
  if (workload) return { pod, workload };
  if (pod.intent.holder && place.workload === HOLDER) return { pod };
  throw new OperationError(`pod "${place.pod}" has no workload "${place.workload}"`, {
    code: 'ERR_WORKLOAD_NOT_FOUND',
    hint: `see \`nslab ps -a\``,
  });
}

/** Where `exec` runs a command: a pod that was made from a manifest means its default container, as with kubectl. */
export function findExecTarget(root: string, name: string): Target {
  const target = findTarget(root, name);
  if (target.workload || name.includes('/')) return target;
  const container = defaultContainer(target.pod.intent);
  return container === undefined ? target : findTarget(root, `${target.pod.intent.name}/${container}`);
}

/** The one that the manifest names, else its first. */
function defaultContainer({ manifest }: Intent): string | undefined {
  const { metadata, spec } = (manifest ?? {}) as Summary;
  return metadata?.annotations?.['kubectl.kubernetes.io/default-container'] ?? spec?.containers?.[0]?.name;
}

interface Summary {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec?: { readonly containers?: readonly { readonly name: string }[] };
}

/**
 * Where what a name means would be, from the names alone: no record is read, and so none that is damaged stands in the way. A pod of
 * another namespace than `default` can go by its bare name while that is the only one.
 */
export function findPlace(root: string, name: string): { readonly pod: string; readonly workload?: string } {
  const [pod = '', workload, ...rest] = name.split('/');
  if (pod === '' || workload === '')
    throw new InputError(`"${name}" is neither POD nor POD/WORKLOAD`, { hint: 'see `nslab ps -a`' });
  // The path first: no verb about one pod reads the names of all.
  const alike = isPod(root, pod) ? [pod] : podNames(root).filter((each) => splitName(each).name === pod);
  if (alike.length > 1)
    throw new OperationError(`several namespaces have a pod "${pod}"`, {
      hint: `say which one: ${alike.join(', ')}`,
    });
  if (rest.length === 0 && alike[0] !== undefined)
    return { pod: alike[0], ...(workload !== undefined && { workload }) };
  const hasWorkload = (each: string) => workloadNames(podFiles(root, each)).includes(name);
  const found = workload === undefined ? podNames(root).filter(hasWorkload) : [];
  if (found.length > 1) {
    const choices = found.map((pod) => `${pod}/${name}`).join(', ');
    throw new OperationError(`several workloads are called "${name}"`, { hint: `say which one: ${choices}` });
  }
  if (found[0] === undefined)
    throw new OperationError(`no such pod or workload: ${name}`, {
      code: 'ERR_POD_NOT_FOUND',
      hint: 'see `nslab ps -a`',
    });
  return { pod: found[0], workload: name };
}

/** The pods that names of existing things lie in. What a name does not tell is left to the verb, which refuses it. */
export function podsOf(root: string, names: readonly string[]): string[] {
  return names.flatMap((name) => {
    try {
      return [findPlace(root, name).pod];
    } catch (error) {
      if (error instanceof OperationError) return [];
      throw error;
    }
  });
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
export function runningProcess(target: Target): KnownProcess {
  const { pod, workload } = target;
  const process = workload ? workload.process : findHolder(pod);
  const isThisBoot = pod.intent.instance.bootId === bootId();
  if (process && isThisBoot) return process;
  if (isThisBoot && isElsewhere(pod.intent.instance)) throw otherPidNamespace(target);
  throw new OperationError(`cannot join the namespaces of ${named(target)}: it is not running`, {
    code: 'ERR_NOT_RUNNING',
    hint: workload
      ? `see \`nslab ps -a\``
      : 'its holder is gone: take the pod down (`nslab down`), and make it again',
  });
}

/** What is said where the kernel does not let this process join: its pid namespace is not above the target's. */
export function otherPidNamespace(target: Target): OperationError {
  const [theirs, ours] = [target.pod.intent.instance.pidns, pidNamespace()];
  return new OperationError(
    `the pids of ${named(target)} are of pid:[${theirs}], and this process is in pid:[${ours}]`,
    { hint: 'go there: nsenter -t PID --pid --mount nslab …' },
  );
}

function named({ pod, workload }: Target): string {
  return workload ? `workload "${pod.intent.name}/${workload.name}"` : `pod "${pod.intent.name}"`;
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
  const { name, share, hostNetwork }: Intent = pod.intent;
  if (workload || share.includes(kind) || (kind === 'net' && hostNetwork)) return;
  throw new OperationError(
    `non-shareable ${kind} namespace (${KINDS[kind].what}): pod "${name}" has none of its own`,
    {
      hint: `make the pod with --share ${[...share, kind].join(',')}`,
    },
  );
}
