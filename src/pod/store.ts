import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { directoryEntries } from '../sys/directory-entries.ts';
import { OperationError } from '../sys/errors.ts';
import { readRecord, type Shape, UnusableFile } from '../sys/record-file.ts';
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
  /** The lock of the supervisor, where the pod has one. */
  readonly supervisor: string;
  /** A fifo that the shims of a Job's pod hold open: who waits for the pod's end reads from it. */
  readonly turn: string;
  /** A file in which each failure of the pod's Job is a byte after the first one: the same file in all its pods. */
  readonly jobFailures: string;
  /** A fifo, the same in all pods of a Job: there is something in it when the Job has failed. */
  readonly jobFailed: string;
  /** The commands that `exec` runs in the pod: a file each, which their shims have open. */
  readonly execs: string;
  readonly intent: string;
  readonly status: string;
  readonly transcript: string;
  /** A link to the holder's network namespace, to which the pod's name below /run/netns leads. */
  readonly netns: string;
  /** What its name below /run/netns names, where that is a mount. */
  readonly attached: string;
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

export function podFiles(root: string, name: string): PodFiles {
  const directory = join(root, 'pods', name);
  const file = (base: string) => join(directory, base);
  return {
    name,
    root,
    directory,
    lock: file('lock'),
    alive: file('alive'),
    supervisor: file('supervisor'),
    turn: file('turn'),
    jobFailures: file('job-failures'),
    jobFailed: file('job-failed'),
    execs: file('execs'),
    intent: file('intent.json'),
    status: file('status.json'),
    transcript: file('transcript.jsonl'),
    netns: file('netns'),
    attached: file('attached.json'),
    workloads: file('workloads'),
    etc: file('etc'),
    files: file('files'),
    applets: file('applets'),
  };
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

/** Whether there is a pod of this name, in any state. */
export function isPod(root: string, name: string): boolean {
  return name !== '' && !name.startsWith('.') && existsSync(podFiles(root, name).directory);
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
      code: 'ERR_DAMAGED_RECORD',
      hint: `remove what is left of it: nslab gc`,
    });
  }
}

function readDocument<T>(path: string, pod: string, shape: Shape): T | undefined {
  try {
    return readRecord<T>(path, shape);
  } catch (error) {
    if (error instanceof UnusableFile) throw new DamagedRecord(pod, path, error.message);
    throw error;
  }
}
