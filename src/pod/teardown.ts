import { mark } from '../net/names.ts';
import { deleteOurLink } from '../net/network.ts';
import { withdrawPorts } from '../net/port.ts';
import { readRemains } from '../net/record.ts';
import { errorCode } from '../sys/errors.ts';
import { bootId } from '../sys/procfs.ts';
import type { Doors } from './doors.ts';
import { endHolder } from './holder.ts';
import { release } from './lease.ts';
import { removeLimits } from './limits.ts';
import { forgetPod, type LockedPod, writeStatus } from './store.ts';
import { endStrays } from './stray.ts';
import { endWorkload } from './workload.ts';
import { readWorkload, workloadNames } from './workload-record.ts';

/**
 * Undoes everything that a pod's intent names, in the reverse order of its making, and forgets the pod. One way for
 * all: `down`, the rollback of a failed `up`, and gc after a kill. Each step is right also when there is nothing
 * left to do for it, and one that fails does not stop the others; the first failure is thrown at the end, with the
 * record still there for the next try.
 */
export async function tearDown(
  doors: Doors,
  root: string,
  pod: LockedPod,
  how: 'gently' | 'at once',
): Promise<void> {
  const { intent, status } = pod;
  const sameBoot = intent.bootId === bootId();
  doors.diary.step = 'stop';
  // The wish first: a `down` that is killed half-way is finished by whoever comes next.
  if (status && !status.ending) unlessFull(() => writeStatus(doors, pod, { ...status, ending: true }));

  const steps: (() => Promise<void>)[] = [];
  if (sameBoot) {
    steps.push(() => endWorkloads(doors, pod, how));
    steps.push(async () => void (await endStrays(doors, pod.files)));
    if (intent.ports.length > 0) steps.push(() => withdraw(doors, root, pod));
    const { hostInterface } = intent;
    // Explicitly: with the namespace alone it would go 10 to 40 ms later, and the name would be taken until then.
    if (hostInterface) steps.push(() => deleteOurLink(doors, hostInterface, mark('pod', intent.name)));
    if (intent.holder) steps.push(() => endHolder(doors, pod));
    // After the holder: what has left a workload's process group in a pid namespace that they share goes with it.
    for (const workload of workloadNames(pod.files))
      steps.push(() => removeLimits(doors, { pod: intent.name, workload }));
  }

  const closeDiary = doors.keepDiary(pod.files.diary);
  const failures: unknown[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      failures.push(error);
    }
    doors.diary.step = 'undo';
  }
  closeDiary();
  // An address that is still in use must not be given to the next pod.
  if (failures.length > 0) throw failures[0];
  await release(doors, root, intent, sameBoot ? status?.wiring : undefined);
  await forgetPod(doors, root, pod);
}

/** What workloads write fills the disk on which their records are. A pod that nobody can end would fill it for ever. */
function unlessFull(write: () => void): void {
  try {
    write();
  } catch (error) {
    if (!['ENOSPC', 'EDQUOT'].includes(errorCode(error) ?? '')) throw error;
  }
}

/** All at the same time: ten workloads take as long as the slowest. Sidecars serve the others, and so end after them. */
async function endWorkloads(doors: Doors, pod: LockedPod, how: 'gently' | 'at once'): Promise<void> {
  const names = workloadNames(pod.files);
  const sidecars = how === 'gently' ? names.filter((name) => isSidecar(pod, name)) : [];
  const end = (name: string) => endWorkload(doors, pod.files, name, how);
  await Promise.all(names.filter((name) => !sidecars.includes(name)).map(end));
  await Promise.all(sidecars.map(end));
}

function isSidecar({ files }: LockedPod, name: string): boolean {
  try {
    return readWorkload(files, name)?.spec.phase === 'sidecar';
  } catch {
    // A damaged record says nothing, and is ended by who has it open.
    return false;
  }
}

async function withdraw(doors: Doors, root: string, { intent, status }: LockedPod): Promise<void> {
  const table = readRemains(root, intent.network, intent.bootId)?.table ?? status?.wiring?.table;
  if (table !== undefined) await withdrawPorts(doors, table, intent.name);
}
