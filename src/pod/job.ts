import { closeSync, constants, lstatSync, openSync } from 'node:fs';
import { resolve } from 'node:path';
import type { JobShare } from '../spec/pod-spec.ts';
import { errorCode } from '../sys/errors.ts';
import { commandLine } from '../sys/programs.ts';
import { mkfifo } from '../sys/syscalls.ts';
import type { Host } from './host.ts';
import type { LockedPod } from './lock-pod.ts';
import { type PodFiles, podNames, readMaybePod } from './store.ts';
import { hasShims, type StoredSpec } from './workload-record.ts';

/**
 * Makes a pod one of its Job: the pods have the Job's count and its fifo in common, each by a name in its own record. So they go with the
 * last of the pods, however that one goes. One that comes when all others have ended begins anew.
 */
export function joinJob(host: Host, root: string, { files }: LockedPod, job: JobShare): void {
  for (const name of podNames(root)) {
    const other = name === files.name ? undefined : readMaybePod(root, name);
    if (other?.intent.job === job.name && hasShims(other.files) && share(host, other.files, files)) return;
  }
  // Its first byte has the memory for what is appended: a full disk loses no count.
  host.files.create(files.jobFailures, '\n');
  mkfifo(host.kernel, files.jobFailed, 'something in it says that the Job has failed: all its pods see that');
}

/** False when the other one is gone meanwhile. */
function share({ files }: Host, from: PodFiles, to: PodFiles): boolean {
  if (!files.link(from.jobFailed, to.jobFailed)) return false;
  if (files.link(from.jobFailures, to.jobFailures)) return true;
  files.remove(to.jobFailed);
  return false;
}

/** What a shim opens of its pod's Job: each hears that it has failed, and what a pod is for can fail it. */
export function jobFiles({ files, intent }: LockedPod, { failsJob }: StoredSpec): readonly JobFile[] {
  if (intent.job === undefined) return [];
  return [
    { kind: 'job-failed', path: files.jobFailed, how: 'fifo' },
    ...(failsJob ? [{ kind: 'job-failures', path: files.jobFailures, how: 'append' } as const] : []),
  ];
}

interface JobFile {
  readonly kind: 'job-failed' | 'job-failures';
  readonly path: string;
  readonly how: 'fifo' | 'append';
}

/**
 * What the supervisor of a Job's pod starts when the Job has finished and its time to live has passed. Undefined where there is
 * no command line, as in tests of the sources: then the pods stay.
 */
export function finishedCommand({ intent, files }: LockedPod): readonly string[] | undefined {
  const cli = commandLine();
  if (cli === undefined) return undefined;
  const words = ['--state-dir', resolve(files.root), 'down', '--finished', intent.uid, intent.name];
  return [process.execPath, cli, ...words];
}

/**
 * Keeps Jobs from being finished until the result is called: who waits for the end of their pods wants to see it. Their time to
 * live begins then.
 */
export function holdJobs(pods: readonly PodFiles[]): () => void {
  const { O_RDWR, O_NONBLOCK, O_NOFOLLOW } = constants;
  const held = pods
    .filter(({ jobFailed }) => lstatSync(jobFailed, { throwIfNoEntry: false })?.isFIFO())
    .flatMap(({ jobFailed }) => {
      try {
        return [openSync(jobFailed, O_RDWR | O_NONBLOCK | O_NOFOLLOW)];
      } catch (error) {
        // It has been taken down since.
        if (errorCode(error) === 'ENOENT') return [];
        throw error;
      }
    });
  return () => {
    for (const fd of held.splice(0)) closeSync(fd);
  };
}
