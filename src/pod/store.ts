import { existsSync, lstatSync } from 'node:fs';
import { join } from 'node:path';
import { directoryEntries } from '../sys/directory-entries.ts';
import { errorCode, OperationError } from '../sys/errors.ts';
import { LOCK_PATIENCE, lock, tryLock } from '../sys/lock.ts';
import { LockedDirectory } from '../sys/locked-directory.ts';
import { readRecord, type Shape, UnusableFile } from '../sys/record-file.ts';
import { unique } from '../sys/unique.ts';
import { refuseElsewhere } from './elsewhere.ts';
import { holderHoldsLock } from './holder.ts';
import type { Host } from './host.ts';
import { INTENT_SHAPE, type Intent, STATUS_SHAPE, type Status } from './record.ts';

/** Where the state is: in memory, gone at boot as the kernel's objects are. */
export function defaultRoot(): string {
  const runtime = process.env.XDG_RUNTIME_DIR;
  return process.geteuid?.() === 0 || !runtime ? '/run/nslab' : join(runtime, 'nslab');
}

/** The files of one pod. */
export interface PodFiles {
  readonly name: string;
  /** The state directory. */
  readonly root: string;
  readonly directory: string;
  readonly lock: string;
  readonly alive: string;
  readonly intent: string;
  readonly status: string;
  readonly transcript: string;
  /** A link to the holder's network namespace, to which the pod's name below /run/netns leads. */
  readonly netns: string;
  readonly workloads: string;
  readonly etc: string;
  /** Files of its manifest, shown to its workloads. */
  readonly files: string;
  /** The names of busybox's applets. */
  readonly applets: string;
}

/** What is known of a pod from its files: the kernel is asked separately, and has the last word. */
export interface PodRecord {
  readonly files: PodFiles;
  readonly intent: Intent;
  /** Undefined until the pod was committed. */
  readonly status: Status | undefined;
}

/** A pod that this verb may change: its lock is held until `release`. */
export interface LockedPod extends PodRecord {
  /**
   * Keeps the lock to this process. Before, each tool that is started inherits it, so that no other verb changes the pod
   * while an `ip` of a killed nslab still runs. (With a thousand inherited locks nft would not start: select(2) knows no
   * descriptor above 1023.)
   */
  keep(): void;
  release(): void;
}

export function podFiles(root: string, name: string): PodFiles {
  const directory = join(root, 'pods', name);
  const file = (base: string) => join(directory, base);
  return {
    name,
    root,
    directory,
    lock: file('lock'),
    alive: file('alive'),
    intent: file('intent.json'),
    status: file('status.json'),
    transcript: file('transcript.jsonl'),
    netns: file('netns'),
    workloads: file('workloads'),
    etc: file('etc'),
    files: file('files'),
    applets: file('applets'),
  };
}

/**
 * Claims a pod's name: a directory with its lock taken and its intent inside appears at once under the name, by
 * rename(2), or not at all. Two that want the same name: exactly one gets it.
 */
export async function claimPod(host: Host, root: string, intent: Intent): Promise<LockedPod> {
  const { files, kernel } = host;
  refuseForeignState(host, root);
  return podsLock(host, root).locked(
    'shared',
    () => {
      const draft = join(root, 'pods', `.new-${unique()}`);
      const target = podFiles(root, intent.name);
      files.makeDirectory(draft);
      let fd: number | undefined;
      try {
        fd = files.open(join(draft, 'lock'), 'lock');
        tryLock(kernel, fd, 'exclusive');
        files.create(join(draft, 'intent.json'), JSON.stringify(intent));
        files.rename(draft, target.directory, CLAIM);
      } catch (error) {
        if (fd !== undefined) files.close(fd);
        files.removeTree(draft);
        if (!['ENOTEMPTY', 'EEXIST'].includes(errorCode(error) ?? '')) throw error;
        throw existsAlready(intent.name);
      }
      return { files: target, intent, status: undefined, ...holding(host, fd) };
    },
    { adds: true },
  );
}

/** By any one of its pods: all belong to the same namespaces. */
function refuseForeignState(host: Host, root: string): void {
  const [name] = podNames(root);
  const pod = name === undefined ? undefined : readMaybePod(root, name);
  if (pod) refuseElsewhere(host, root, pod.intent.instance, () => isAnyAlive(host, root));
}

/** Whether any pod has a living holder, wherever that is. */
export function isAnyAlive(host: Host, root: string): boolean {
  return podNames(root).some((name) => holderHoldsLock(host, { files: podFiles(root, name) }));
}

/** A pod's files; undefined where it has none, or they are damaged. */
export function readMaybePod(root: string, name: string): PodRecord | undefined {
  try {
    return readPod(root, name);
  } catch (error) {
    if (error instanceof DamagedRecord) return undefined;
    throw error;
  }
}

const CLAIM =
  'the record appears at once with all that is in it, or not at all: of two that want the name one gets it';

/** Refuses a name that a pod has. The claim decides; this only says so before anything else can be wrong. */
export function refuseExisting(root: string, name: string): void {
  if (existsSync(podFiles(root, name).directory)) throw existsAlready(name);
}

function existsAlready(name: string): OperationError {
  return new OperationError(`pod "${name}" exists already`, {
    hint: `see it with \`nslab ps -a\`, take it down with \`nslab down ${name}\``,
  });
}

/** Locks an existing pod. Undefined when there is none of that name (any more). `patience` 0: not if it is busy. */
export async function lockPod(
  host: Host,
  root: string,
  name: string,
  patience = LOCK_PATIENCE,
): Promise<LockedPod | 'busy' | undefined> {
  const { files, kernel } = host;
  const paths = podFiles(root, name);
  for (;;) {
    const directory = lstatSync(paths.directory, { throwIfNoEntry: false });
    if (!directory) return undefined;
    if (!directory.isDirectory()) throw new DamagedRecord(name, paths.directory, 'it is not a directory');
    if (lstatSync(paths.lock, { throwIfNoEntry: false })?.isFile() === false)
      throw new DamagedRecord(name, paths.lock, 'it is not a regular file');
    let fd: number;
    try {
      fd = files.open(paths.lock, 'lock');
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
    try {
      if (patience > 0) await lock(kernel, fd, 'exclusive', `pod "${name}"`, patience);
      else if (!tryLock(kernel, fd, 'exclusive')) return close('busy');
      // While we waited the pod may have been removed, and even made again.
      if (!files.isStill(fd, paths.lock)) {
        close(undefined);
        continue;
      }
      const record = readPod(root, name);
      refuseElsewhere(host, root, record.intent.instance, () => holderHoldsLock(host, record));
      return { ...record, ...holding(host, fd) };
    } catch (error) {
      files.close(fd);
      throw error;
    }
    function close<T>(value: T): T {
      files.close(fd);
      return value;
    }
  }
}

/** Reads a pod's files, without its lock. Throws when they are damaged. */
export function readPod(root: string, name: string): PodRecord {
  const files = podFiles(root, name);
  const intent = readDocument<Intent>(files.intent, name, INTENT_SHAPE);
  if (intent?.apiVersion !== 'nslab/v1' || intent.name !== name) {
    throw new DamagedRecord(name, files.intent, intent ? `it is of another version or pod` : 'it is missing');
  }
  return { files, intent, status: readDocument<Status>(files.status, name, STATUS_SHAPE) };
}

export function podsDirectory(root: string): string {
  return join(root, 'pods');
}

/** The names of all pods, in every state. */
export function podNames(root: string): string[] {
  return directoryEntries(podsDirectory(root)).filter((name) => !name.startsWith('.'));
}

/** The commit: from now on the pod is whole, and stays when this process ends. */
export function writeStatus(host: Pick<Host, 'files'>, { files }: PodRecord, status: Status): void {
  host.files.replace(files.status, JSON.stringify(status));
}

/** What has not become a pod, or was one. */
export function draftNames(root: string): string[] {
  return directoryEntries(podsDirectory(root)).filter((name) => name.startsWith('.'));
}

/** A pod whose record is damaged. The pod can still be removed. */
export class DamagedRecord extends OperationError {
  constructor(pod: string, file: string, why: string) {
    super(`the record of pod "${pod}" cannot be used: ${why} (${file})`, {
      hint: `remove what is left of it: nslab gc`,
    });
  }
}

/** The directory of the pods, and its lock. */
export function podsLock(host: Pick<Host, 'kernel' | 'files'>, root: string): LockedDirectory {
  return new LockedDirectory(root, 'pods', host.kernel, host.files);
}

function holding({ files, held }: Host, fd: number): Pick<LockedPod, 'keep' | 'release'> {
  let open = true;
  held.add(fd);
  return {
    keep: () => void held.delete(fd),
    release: () => {
      held.delete(fd);
      // Closing is enough: the lock goes with the last copy, also that of a tool which is still at work for us.
      if (open) files.close(fd);
      open = false;
    },
  };
}

function readDocument<T>(path: string, pod: string, shape: Shape): T | undefined {
  try {
    return readRecord<T>(path, shape);
  } catch (error) {
    if (error instanceof UnusableFile) throw new DamagedRecord(pod, path, error.message);
    throw error;
  }
}
