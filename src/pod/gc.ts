import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { directoryEntries } from '../sys/directory-entries.ts';
import { isHere } from '../sys/instance.ts';
import { busyNote, classify, classifyWorkloads, type Garbage, type GcMode, orphans } from './classify.ts';
import { sweepExecs } from './exec-records.ts';
import { sweepDrafts } from './forget.ts';
import type { Host } from './host.ts';
import { removeUnused } from './lease.ts';
import { type LockedPod, lockPod } from './lock-pod.ts';
import { mendNetnsName, mendNetworks } from './mend.ts';
import { areLeasesSuspect, mendLeases, staleLeases, sweepLeases } from './mend-leases.ts';
import { forgetNetnsDirectory } from './netns-directory.ts';
import { withNetworks } from './networks-lock.ts';
import { endOrphans, findOrphans, mayHaveOrphans } from './orphan.ts';
import { recordedInstance } from './recorded-instance.ts';
import { removeDamaged } from './remove-damaged.ts';
import { DamagedRecord, isPod, podNames } from './store.ts';
import { tearDown } from './teardown.ts';
import { asWork, findAbandoned } from './unfinished.ts';
import { hasUnrecorded, removeUnrecorded } from './unrecorded.ts';
import { endWorkload, removeLast, removeRecord } from './workload.ts';

type Report = (garbage: Garbage) => void;

/**
 * What a verb does before it changes something: it removes what is certainly dead of what it `touches`. Of the
 * others only if a process was killed at work: no verb pays for pods that are not its own. True when all were looked at.
 */
export async function collectBefore(
  host: Host,
  root: string,
  touches: readonly string[],
  report: Report,
): Promise<boolean> {
  if (await isSuspect(host, root)) {
    await collect(host, root, 'quiet', report);
    return true;
  }
  const known = [...new Set(touches)].filter((name) => isPod(root, name));
  await collectPods(host, root, 'quiet', report, known);
  return false;
}

/**
 * Removes what killed or crashed verbs have left. It touches only what is on record and not locked: the garbage of a
 * creator that still runs is left alone.
 */
export async function collect(host: Host, root: string, mode: GcMode, report: Report): Promise<void> {
  const abandoned = await findAbandoned(host, root);
  let isDone = false;
  try {
    await asWork(host, root, async () => {
      isDone = await collectPods(host, root, mode, report, podNames(root));
      await collectRest(host, root, mode, report);
    });
  } finally {
    if (isDone) abandoned?.forget();
    else abandoned?.release();
  }
}

/** Whether there may be garbage anywhere. Reads nothing of a pod. */
async function isSuspect(host: Host, root: string): Promise<boolean> {
  // One that a killed process had no time to fill.
  if (!existsSync(root) || host.files.removeEmpty(root)) return false;
  const recorded = recordedInstance(root);
  if (recorded && !isHere(recorded, host.instance(root))) return true;
  if (hasUnrecorded(root) || (await areLeasesUnsealed(host, root))) return true;
  const abandoned = await findAbandoned(host, root);
  abandoned?.release();
  return abandoned !== undefined;
}

/** Once more under the lock: without it, it may be another verb that is about to lease. */
async function areLeasesUnsealed(host: Host, root: string): Promise<boolean> {
  return areLeasesSuspect(root) && withNetworks(host, root, async () => areLeasesSuspect(root));
}

/** False when one was left alone, because another process is at work on it. */
async function collectPods(
  host: Host,
  root: string,
  mode: GcMode,
  report: Report,
  names: readonly string[],
): Promise<boolean> {
  host.transcript.step = 'undo';
  const visit = async ({ remove, ...garbage }: PodGarbage) => {
    await remove();
    report(garbage);
  };
  return visitPods(host, root, mode, names, visit, async (pod) => {
    if (mode === 'full') sweepExecs(host, pod.files);
    if (mode === 'full' || isLastGone(pod)) removeLast(host.files, pod.files);
    if (await mendNetnsName(host, root, pod))
      host.warn(
        `pod "${pod.intent.name}" has its name ${pod.intent.netnsLink} again: another program had removed it`,
      );
  });
}

/** Where a record was removed by hand, what all workloads share is all that still tells `down` of one that runs. */
function isLastGone({ files }: LockedPod): boolean {
  return existsSync(files.workloads) && !(mayHaveOrphans(files) && findOrphans([files]).length > 0);
}

/** Garbage of a pod, and the action that removes it. */
interface PodGarbage extends Garbage {
  remove(): Promise<void>;
}

/**
 * Calls `visit` for each piece of garbage among these pods, and `kept` for each pod that stays, with the pod's lock held.
 * False when one was busy.
 */
export async function visitPods(
  host: Host,
  root: string,
  mode: GcMode,
  names: readonly string[],
  visit: (garbage: PodGarbage) => Promise<void>,
  kept: (pod: LockedPod) => Promise<void> = async () => {},
): Promise<boolean> {
  let isWhole = true;
  for (const name of names) {
    const pod = await lockPod(host, root, name, 0).catch((error: unknown) => error as Error);
    if (pod instanceof DamagedRecord) {
      const garbage = { what: `pod ${name}`, why: pod.message };
      if (mode === 'full') await visit({ ...garbage, remove: () => removeDamaged(host, root, name) });
      continue;
    }
    if (pod instanceof Error) throw pod;
    if (pod === 'busy') isWhole = false;
    if (pod === 'busy' && mode === 'full') host.warn(busyNote(name));
    if (pod === undefined || pod === 'busy') continue;
    try {
      if (await visitPod(host, root, pod, mode, visit)) await kept(pod);
    } finally {
      pod.release();
    }
  }
  return isWhole;
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
    const remove = () => tearDown(host, root, pod);
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
async function collectRest(host: Host, root: string, mode: GcMode, report: Report): Promise<void> {
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
    forgetNetnsDirectory(host, root);
  });
}
