import { readdirSync } from 'node:fs';
import { kernelName, mark } from '../net/names.ts';
import { deleteOurLink } from '../net/network.ts';
import { withdrawPorts } from '../net/port.ts';
import { networkNames, readNetwork } from '../net/record.ts';
import { openersOf } from '../observe/openers.ts';
import { bootId, isRunning } from '../sys/procfs.ts';
import { signalProcess } from '../sys/signal.ts';
import type { Doors } from './doors.ts';
import { endHolder, holderHoldsLock } from './holder.ts';
import { release, removeUnused, sweepLeases, withNetworks } from './lease.ts';
import { forgetNetnsDirectory, netnsPath } from './netns-name.ts';
import {
  DamagedRecord,
  forgetPod,
  type LockedPod,
  lockPod,
  podFiles,
  podNames,
  sweepDrafts,
} from './store.ts';
import { tearDown } from './teardown.ts';
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
  const workloads = workloadNames(files).flatMap((name) => readWorkload(files, name) ?? []);
  const active = workloads.some((workload) => isActive(workload) && workload.status.stay);
  if (!intent.holder) {
    if (!status) return 'its creator was killed before it was committed';
    return workloads.length === 0 ? 'it has no workload' : undefined;
  }
  if (!status) return 'its creator was killed before it was committed';
  if (status.ending) return 'its `down` was interrupted';
  const alive = status.holder && isRunning(status.holder) && holderHoldsLock(doors, pod);
  if (alive) return undefined;
  if (!active) return 'its holder and all its workloads are dead';
  return zeal === 'explicit' ? 'its holder is dead' : undefined;
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
    if (why === undefined) return sweepWorkloads(doors, pod);
    await tearDown(doors, root, pod, 'at once');
    return [{ what: `pod ${name}`, why }];
  } finally {
    pod.release();
  }
}

/** Records of workloads whose creator was killed before it let them go. */
function sweepWorkloads(doors: Doors, pod: LockedPod): Finding[] {
  const findings: Finding[] = [];
  for (const name of workloadNames(pod.files)) {
    const record = readWorkload(pod.files, name);
    // A shim of such a one is ending by itself: its creator's end of the socket is closed.
    if (record && (record.status.stay || isActive(record))) continue;
    doors.files.removeTree(workloadFiles(pod.files, name).directory);
    findings.push({
      what: `workload ${pod.intent.name}/${name}`,
      why: 'its creator was killed before it was committed',
    });
  }
  return findings;
}

/** Leases without a pod, networks without a lease, drafts, and directories that have become empty. */
async function collectRest(doors: Doors, root: string, report: (finding: Finding) => void): Promise<void> {
  for (const draft of await sweepDrafts(doors, root))
    report({ what: `draft ${draft}`, why: 'its maker was killed' });
  if (!exists(root)) return;
  await withNetworks(doors, root, async () => {
    const pods = new Set(podNames(root));
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
  for (const workload of workloadNames(files)) {
    for (const shim of openersOf(workloadFiles(files, workload).status, RECORD_FD)) {
      signalProcess(doors.kernel, shim, 'SIGKILL');
    }
  }
  await endHolder(doors, { files, status: undefined });
  await deleteOurLink(doors, kernelName('nsv', name, 0), mark('pod', name));
  for (const network of networkNames(root)) {
    await withdrawPorts(doors, readNetwork(root, network)?.table ?? '', name);
    await release(doors, root, { name, network });
  }
  await release(doors, root, { name, network: 'none', netnsLink: netnsPath(name) });
  await forgetPod(doors, root, { files });
}

/** The descriptor under which a shim has its status record: native/README.md. */
const RECORD_FD = 4;

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
