import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '../sys/errors.ts';
import { seal } from '../sys/seal.ts';
import { unique } from '../sys/unique.ts';
import type { Host } from './host.ts';
import { podsLock } from './lock-pod.ts';
import { draftNames, type PodFiles, type PodRecord, podsDirectory } from './store.ts';

/** Forgets a pod. Its name is free at once, by rename(2); a kill in the middle leaves only what gc sweeps. */
export async function forgetPod(host: Host, root: string, pod: Pick<PodRecord, 'files'>): Promise<void> {
  await forgetPods(host, root, [pod]);
}

export async function forgetPods(
  { kernel, files }: Host,
  root: string,
  pods: readonly Pick<PodRecord, 'files'>[],
): Promise<void> {
  await podsLock({ kernel, files }, root).locked('shared', () => {
    for (const pod of pods) forget(files, root, pod.files);
    seal(files, podsDirectory(root));
  });
}

function forget(files: Host['files'], root: string, pod: PodFiles): void {
  const gone = join(podsDirectory(root), `.gone-${unique()}`);
  try {
    files.rename(pod.directory, gone, 'the name is free from now on; the files are removed next');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  files.removeTree(gone);
}

/** Sweeps what claims and removals that were killed half-way left: with the directory ours alone, all drafts are dead. */
export async function sweepDrafts(host: Host, root: string): Promise<string[]> {
  if (!lstatSync(root, { throwIfNoEntry: false })) return [];
  return podsLock(host, root).locked('exclusive', () => {
    const drafts = draftNames(root);
    for (const draft of drafts) host.files.removeTree(join(podsDirectory(root), draft));
    return drafts;
  });
}
