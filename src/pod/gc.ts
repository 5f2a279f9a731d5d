import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { directoryEntries } from '../sys/directory-entries.ts';
import { busyNote, classify, classifyWorkloads, type Garbage, type GcMode, orphans } from './classify.ts';
import { sweepDrafts } from './forget.ts';
import type { Host } from './host.ts';
import { mendLeases, removeUnused, staleLeases, sweepLeases } from './lease.ts';
import { mendNetnsName, mendNetworks } from './mend.ts';
import { forgetNetnsDirectory } from './netns-name.ts';
import { withNetworks } from './networks-lock.ts';
import { endOrphans } from './orphan.ts';
import { removeDamaged } from './remove-damaged.ts';
import { DamagedRecord, type LockedPod, lockPod, podNames } from './store.ts';
import { tearDown } from './teardown.ts';
import { hasUnrecorded, removeUnrecorded } from './unrecorded.ts';
import { endWorkload, removeLast, removeRecord } from './workload.ts';

/**
 * Removes what killed or crashed verbs have left. It touches only what is on record and not locked: the garbage of a
 * creator that still runs is left alone.
 */
export async function collect(
  host: Host,
  root: string,
  mode: GcMode,
  report: (garbage: Garbage) => void,
): Promise<void> {
  host.transcript.step = 'undo';
  const visit = async ({ remove, ...garbage }: PodGarbage) => {
    await remove();
    report(garbage);
  };
  await visitPods(host, root, mode, visit, async (pod) => {
    removeLast(host.files, pod.files);
    if (await mendNetnsName(host, root, pod))
      host.warn(
        `pod "${pod.intent.name}" has its name ${pod.intent.netnsLink} again: another program had removed it`,
      );
  });
  await collectRest(host, root, mode, report);
}

/** Garbage of a pod, and the action that removes it. */
interface PodGarbage extends Garbage {
  remove(): Promise<void>;
}

/** Calls `visit` for each piece of garbage among the pods, and `kept` for each pod that stays, with the pod's lock held. */
export async function visitPods(
  host: Host,
  root: string,
  mode: GcMode,
  visit: (garbage: PodGarbage) => Promise<void>,
  kept: (pod: LockedPod) => Promise<void> = async () => {},
): Promise<void> {
  for (const name of podNames(root)) {
    const pod = await lockPod(host, root, name, 0).catch((error: unknown) => error as Error);
    if (pod instanceof DamagedRecord) {
      const garbage = { what: `pod ${name}`, why: pod.message };
      if (mode === 'full') await visit({ ...garbage, remove: () => removeDamaged(host, root, name) });
      continue;
    }
    if (pod instanceof Error) throw pod;
    if (pod === 'busy' && mode === 'full') host.warn(busyNote(name));
    if (pod === undefined || pod === 'busy') continue;
    try {
      if (await visitPod(host, root, pod, mode, visit)) await kept(pod);
    } finally {
      pod.release();
    }
  }
}

/** True when the pod as a whole stays. */
async function visitPod(
  host: Host,
  root: string,
  pod: LockedPod,
  mode: GcMode,
  visit: (garbage: PodGarbage) => Promise<void>,
): Promise<boolean> {
  const { files, intent } = pod;
  const why = classify(host, root, pod, mode);
  if (why !== undefined) {
    const remove = () => tearDown(host, root, pod, 'at once');
    await visit({ what: `pod ${intent.name}`, why, remove });
    return false;
  }
  for (const { name, ...garbage } of classifyWorkloads(pod, mode)) {
    const remove = async () => {
      await endWorkload(host, files, name, 'at once');
      await removeRecord(host, files, name);
    };
    await visit({ ...garbage, remove });
  }
  // Finding orphans takes a look at every process: too slow to do before each verb.
  for (const garbage of mode === 'full' ? orphans(pod) : []) {
    await visit({ ...garbage, remove: async () => void (await endOrphans(host, [files])) });
  }
  return true;
}

/** Leases without a pod, networks without a lease, drafts, and directories that have become empty. */
async function collectRest(
  host: Host,
  root: string,
  mode: GcMode,
  report: (garbage: Garbage) => void,
): Promise<void> {
  for (const draft of await sweepDrafts(host, root))
    report({ what: `draft ${draft}`, why: 'its maker was killed' });
  const isThorough = existsSync(dirname(root)) && (mode === 'full' || hasUnrecorded(root));
  if (directoryEntries(root).length === 0 && !isThorough) return;
  await withNetworks(host, root, async () => {
    const pods = new Set(podNames(root));
    mendLeases(host, root, pods);
    // First: the address of a pod that still runs must not be given away.
    if (isThorough || staleLeases(root, pods).length > 0) await removeUnrecorded(host, root, report);
    for (const lease of sweepLeases(host, root, pods))
      report({ what: `lease ${lease}`, why: 'its pod is gone' });
    for (const network of await removeUnused(host, root))
      report({ what: `network ${network}`, why: 'no pod uses it' });
    if (mode === 'full') await mendNetworks(host, root);
    forgetNetnsDirectory(host.files, root);
  });
}
