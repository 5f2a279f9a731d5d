import { OperationError } from '../sys/errors.ts';
import { refuseEnding } from './ending.ts';
import { findIn, openOrigins } from './target.ts';
import { type Place, withRunning, withWorkloads } from './with-workloads.ts';
import { type OwnedWorkload, restartWorkload, stopWorkload } from './workload.ts';
import { isActive } from './workload-record.ts';

/**
 * Stops a workload, or all of a pod's, and starts each with the same options. The pod keeps its address and its other
 * workloads. `each` gets every one that was started, still owned.
 */
export async function restartWorkloads(
  place: Place,
  name: string,
  each: (workload: OwnedWorkload) => void | Promise<void>,
): Promise<void> {
  const { pod, wanted } = await withRunning(place, name, async (pod, workloads) => {
    refuseEnding(pod);
    return { pod: pod.intent.name, wanted: workloads };
  });
  if (wanted.length === 0)
    throw new OperationError(`pod "${name}" has no workload to restart`, { code: 'ERR_WORKLOAD_NOT_FOUND' });
  // Fails before a workload is stopped, when a namespace that it joins is gone.
  for (const { spec } of wanted) openOrigins(findIn(place.root), spec.origins).close();
  for (const workload of wanted) await restartOne(place, `${pod}/${workload.name}`, each);
}

/** Its grace period passes without a lock. Another verb that has started it meanwhile has done what was wanted. */
async function restartOne(
  place: Place,
  name: string,
  each: (workload: OwnedWorkload) => void | Promise<void>,
): Promise<void> {
  const { host, root } = place;
  host.transcript.step = 'stop';
  await withRunning(place, name, async ({ files }, [workload]) => {
    if (workload) await stopWorkload(host, files, workload);
  });
  host.transcript.step = 'workload';
  await withWorkloads(place, name, async (pod, [workload]) => {
    if (!workload || isActive(workload)) return;
    await each(await restartWorkload(host, root, pod, workload));
  });
}
