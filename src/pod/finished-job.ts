import { lstatSync } from 'node:fs';
import type { Host } from './host.ts';
import { type PodFiles, type PodRecord, podNames, readMaybePod } from './store.ts';
import { type Course, takeDown } from './take-down.ts';
import { isActive, surveyWorkloads } from './workload-record.ts';

/**
 * Takes down the pods of a finished Job: those that have its fifo, as the pod of this name and uid has. When that one is gone,
 * or one of them runs again, nothing is done. Each is looked at once more under its lock, so one that is another pod by then
 * stays.
 */
export async function takeDownFinished(
  host: Host,
  root: string,
  { name, uid }: { readonly name: string; readonly uid: string },
  course: Course,
): Promise<void> {
  const asked = readMaybePod(root, name);
  if (asked?.intent.uid !== uid) return;
  const pods = podsOfJob(root, asked.files);
  if (!pods.every(isFinished)) return;
  const uids = new Map(pods.map(({ intent }) => [intent.name, intent.uid]));
  await takeDown(host, root, [...uids.keys()], {
    ...course,
    only: (pod) => uids.get(pod.intent.name) === pod.intent.uid && isFinished(pod),
  });
}

/** Those that were made while others of the Job ran: they have one file in common. */
function podsOfJob(root: string, { jobFailed }: PodFiles): PodRecord[] {
  const fifo = lstatSync(jobFailed, { throwIfNoEntry: false });
  const isSame = (path: string) => {
    const other = lstatSync(path, { throwIfNoEntry: false });
    return fifo !== undefined && other?.ino === fifo.ino && other.dev === fifo.dev;
  };
  return podNames(root).flatMap((name) => {
    const pod = readMaybePod(root, name);
    return pod && isSame(pod.files.jobFailed) ? [pod] : [];
  });
}

/** Whether nothing of it runs, or will by itself. */
function isFinished({ files }: PodRecord): boolean {
  return surveyWorkloads(files).every((workload) => 'lost' in workload || !isActive(workload));
}
