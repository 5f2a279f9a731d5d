import { readdirSync } from 'node:fs';
import { kernelName, mark } from '../net/names.ts';
import { deleteOurLink } from '../net/network.ts';
import { withdrawPorts } from '../net/port.ts';
import { networkNames, readRemains } from '../net/record.ts';
import { openersOf } from '../observe/openers.ts';
import { bootId, isRunning } from '../sys/procfs.ts';
import type { Doors } from './doors.ts';
import { endHolder, holderHoldsLock } from './holder.ts';
import { mendLeases, release, removeUnused, sweepLeases, withNetworks } from './lease.ts';
import { removeLimits } from './limits.ts';
import { forgetNetnsDirectory, netnsPath } from './netns-name.ts';
import {
  DamagedRecord,
  forgetPod,
  type LockedPod,
  lockPod,
  type PodFiles,
  podFiles,
  podNames,
  sweepDrafts,
} from './store.ts';
import { endStrays } from './stray.ts';
import { tearDown } from './teardown.ts';
import { endWorkload, RECORD_FD, removeLast, removeRecord } from './workload.ts';
import { isActive, readWorkload, workloadFiles, workloadNames } from './workload-record.ts';

/** `quiet`: before every changing verb, only what is certainly dead. `explicit`: `nslab gc`, also a pod without holder. */
export type Zeal = 'quiet' | 'explicit';

/** One thing that gc removed (or would remove), and why. */
export interface Finding {
  readonly what: string;
  readonly why: string;
}

/**
 * Removes what killed or crashed verbs have left. Only what is on record is touched, and nothing whose lock somebody
 * holds: a creator that is alive is never disturbed.
 */
export async function collect(
  doors: Doors,
  root: string,
  zeal: Zeal,
  report: (finding: Finding) => void,
): Promise<void> {
  doors.diary.step = 'undo';
  for (const name of podNames(root)) {
    const found = await collectPod(doors, root, name, zeal);
    for (const finding of found) report(finding);
  }
  await collectRest(doors, root, report);
}

/** What gc would do to a pod, without doing it. Undefined: nothing. */
function judge(doors: Doors, pod: LockedPod, zeal: Zeal): string | undefined {
  const { intent, status, files } = pod;
  if (intent.bootId !== bootId()) return 'the machine has booted since it was made';
  if (!status) return 'its creator was killed before it was committed';
  const names = workloadNames(files);
  if (!intent.holder) return names.length === 0 ? 'it has no workload' : undefined;
  if (status.maker && !isRunning(status.maker)) return 'its creator was killed before it was whole';
  if (status.ending) return 'its `down` was interrupted';
  const alive = status.holder && isRunning(status.holder) && holderHoldsLock(doors, pod);
  if (alive) return undefined;
  if (!names.some((name) => isAlive(files, name))) return 'its holder and all its workloads are dead';
  return zeal === 'explicit' ? 'its holder is dead' : undefined;
}

function isAlive(files: PodFiles, name: string): boolean {
  const { status } = workloadFiles(files, name);
  return openersOf(status, RECORD_FD).length > 0;
}

async function collectPod(doors: Doors, root: string, name: string, zeal: Zeal): Promise<Finding[]> {
  let pod: Awaited<ReturnType<typeof lockPod>>;
  try {
    pod = await lockPod(doors, root, name, 0);
  } catch (error) {
    if (!(error instanceof DamagedRecord) || zeal === 'quiet') return [];
    await removeDamaged(doors, root, name);
    return [{ what: `pod ${name}`, why: error.message }];
  }
  if (pod === undefined || pod === 'busy') return [];
  try {
    const why = judge(doors, pod, zeal);
    if (why === undefined) return await sweepWorkloads(doors, pod, zeal);
    await tearDown(doors, root, pod, 'at once');
    return [{ what: `pod ${name}`, why }];
  } finally {
    pod.release();
  }
}

/** Records of workloads whose creator was killed before it let them go, and those that cannot be read. */
async function sweepWorkloads(doors: Doors, pod: LockedPod, zeal: Zeal): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const name of workloadNames(pod.files)) {
    const why = judgeWorkload(pod, name);
    // Its record may have been lost while it is at work: that is not certainly dead.
    if (why === undefined || (zeal === 'quiet' && isAlive(pod.files, name))) continue;
    await endWorkload(doors, pod.files, name, 'at once');
    await removeRecord(doors, pod.files, name);
    findings.push({ what: `workload ${pod.intent.name}/${name}`, why });
  }
  for (const { name } of zeal === 'quiet' ? [] : await endStrays(doors, pod.files))
    findings.push({ what: `workload ${pod.intent.name}/${name}`, why: 'its record was removed' });
  removeLast(doors.files, pod.files);
  return findings;
}

function judgeWorkload({ files }: LockedPod, name: string): string | undefined {
  try {
    const record = readWorkload(files, name);
    if (!record) return 'its creator was killed before it was started';
    if (record.spec.kept) return undefined;
    // While its creator lives it is not left behind. And a shim that lost its creator ends by itself.
    if (record.status.stay || isRunning(record.spec.creator) || isActive(record)) return undefined;
    return 'its creator was killed before it was committed';
  } catch (error) {
    return (error as Error).message;
  }
}

/** Leases without a pod, networks without a lease, drafts, and directories that have become empty. */
async function collectRest(doors: Doors, root: string, report: (finding: Finding) => void): Promise<void> {
  for (const draft of await sweepDrafts(doors, root))
    report({ what: `draft ${draft}`, why: 'its maker was killed' });
  if (!exists(root)) return;
  await withNetworks(doors, root, async () => {
    const pods = new Set(podNames(root));
    mendLeases(doors, root, pods);
    for (const lease of sweepLeases(doors, root, pods))
      report({ what: `lease ${lease}`, why: 'its pod is gone' });
    for (const network of await removeUnused(doors, root))
      report({ what: `network ${network}`, why: 'no pod uses it' });
    forgetNetnsDirectory(doors.files, root);
  });
}

/**
 * Removes a pod whose record is damaged. Its processes are found by the files that they have open, its kernel objects
 * by the names that follow from its own, and each must bear our mark before it is touched.
 */
export async function removeDamaged(doors: Doors, root: string, name: string): Promise<void> {
  const files = podFiles(root, name);
  for (const workload of workloadNames(files)) await endWorkload(doors, files, workload, 'at once');
  await endStrays(doors, files);
  await endHolder(doors, { files, status: undefined });
  for (const workload of workloadNames(files)) await removeLimits(doors, { pod: name, workload });
  await deleteOurLink(doors, kernelName('nsv', name, 0), mark('pod', name));
  for (const network of networkNames(root)) {
    await withdrawPorts(doors, readRemains(root, network, bootId())?.table ?? '', name);
    await release(doors, root, { name, network });
  }
  await release(doors, root, { name, network: 'none', netnsLink: netnsPath(name) });
  await forgetPod(doors, root, { files });
}

function exists(root: string): boolean {
  try {
    return readdirSync(root).length > 0;
  } catch {
    return false;
  }
}

/** What `collect` would do to the pods, without doing it. */
export async function preview(doors: Doors, root: string): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const name of podNames(root)) {
    const pod = await lockPod(doors, root, name, 0).catch((error: Error) => error);
    if (pod instanceof Error) findings.push({ what: `pod ${name}`, why: pod.message });
    if (!pod || pod === 'busy' || pod instanceof Error) continue;
    const why = judge(doors, pod, 'explicit');
    if (why !== undefined) findings.push({ what: `pod ${name}`, why });
    pod.release();
  }
  return findings;
}
