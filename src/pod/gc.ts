import { readdirSync } from 'node:fs';
import { kernelName, mark } from '../net/names.ts';
import { deleteOurLink } from '../net/network.ts';
import { withdrawPorts } from '../net/port.ts';
import { networkNames, readRemains } from '../net/record.ts';
import { bootId } from '../sys/procfs.ts';
import type { Doors } from './doors.ts';
import { forgetPod, sweepDrafts } from './forget.ts';
import { endHolder } from './holder.ts';
import { busyNote, type Finding, judge, judgeStrays, judgeWorkloads, type Zeal } from './judge.ts';
import { mendLeases, release, removeUnused, sweepLeases, withNetworks } from './lease.ts';
import { removeLimits } from './limits.ts';
import { forgetNetnsDirectory, netnsPath } from './netns-name.ts';
import { DamagedRecord, type LockedPod, lockPod, podFiles, podNames } from './store.ts';
import { endStrays } from './stray.ts';
import { tearDown } from './teardown.ts';
import { endWorkload, removeLast, removeRecord } from './workload.ts';
import { workloadNames } from './workload-record.ts';

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

async function collectPod(doors: Doors, root: string, name: string, zeal: Zeal): Promise<Finding[]> {
  let pod: Awaited<ReturnType<typeof lockPod>>;
  try {
    pod = await lockPod(doors, root, name, 0);
  } catch (error) {
    if (!(error instanceof DamagedRecord) || zeal === 'quiet') return [];
    await removeDamaged(doors, root, name);
    return [{ what: `pod ${name}`, why: error.message }];
  }
  if (pod === 'busy' && zeal === 'explicit') doors.warn(busyNote(name));
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
  const findings = judgeWorkloads(pod, zeal);
  for (const { name } of findings) {
    await endWorkload(doors, pod.files, name, 'at once');
    await removeRecord(doors, pod.files, name);
  }
  const lost = zeal === 'explicit' ? judgeStrays(pod) : [];
  if (lost.length > 0) await endStrays(doors, [pod.files]);
  removeLast(doors.files, pod.files);
  return [...findings, ...lost];
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
  await endStrays(doors, [files]);
  await endHolder(doors, { files, status: undefined });
  for (const workload of workloadNames(files)) await removeLimits(doors, { pod: name, workload });
  await deleteOurLink(doors, kernelName('nsv', name, 0), mark('pod', name));
  for (const network of networkNames(root)) {
    await withdrawPorts(doors, readRemains(root, network, bootId())?.table ?? '', [name]);
    await release(doors, root, [{ intent: { name, network } }]);
  }
  await release(doors, root, [{ intent: { name, network: 'none', netnsLink: netnsPath(name) } }]);
  await forgetPod(doors, root, { files });
}

function exists(root: string): boolean {
  try {
    return readdirSync(root).length > 0;
  } catch {
    return false;
  }
}
