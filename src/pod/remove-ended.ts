import { OperationError } from '../sys/errors.ts';
import { podGone } from './ending.ts';
import { lockPod } from './lock-pod.ts';
import { findPlace, findTarget } from './target.ts';
import { type Place, withWorkloads } from './with-workloads.ts';
import { endWorkload, forgetWorkload, killWorkload } from './workload.ts';
import { isActive, workloadNames } from './workload-record.ts';

/** Removes the record of a workload that has ended. */
export async function removeEnded(place: Place, name: string): Promise<void> {
  const { host, root } = place;
  host.transcript.step = 'undo';
  if (!findTarget(root, name).workload) throw isPodError(name);
  await withWorkloads(place, name, async (pod, [workload]) => {
    if (!workload) return;
    if (isActive(workload))
      throw new OperationError(`workload "${name}" is running`, {
        code: 'ERR_WORKLOAD_RUNNING',
        hint: 'stop it first, or remove it by force (-f)',
      });
    await killWorkload(host, workload);
    await forgetWorkload(host, root, pod, workload.name);
  });
}

/**
 * Kills a workload and removes its record. Works with a damaged record too: finds the workload by its name, and its shim by
 * the record that it holds open.
 */
export async function removeByForce({ host, root }: Place, name: string): Promise<void> {
  host.transcript.step = 'undo';
  const location = findPlace(root, name);
  const pod = await lockPod(host, root, location.pod);
  if (pod === undefined || pod === 'busy') throw podGone(location.pod);
  try {
    const workload = location.workload ?? (pod.intent.holder ? undefined : location.pod);
    if (workload === undefined) throw isPodError(name);
    if (!workloadNames(pod.files).includes(workload)) findTarget(root, name);
    await endWorkload(host, pod.files, workload, 'at once');
    await forgetWorkload(host, root, pod, workload);
  } finally {
    pod.release();
  }
}

function isPodError(name: string): OperationError {
  return new OperationError(`"${name}" is a pod`, { hint: `take it down: nslab down ${name}` });
}
