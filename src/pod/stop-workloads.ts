import type { WorkloadStatus } from './record.ts';
import { type Place, withRunning } from './with-workloads.ts';
import { stopWorkload } from './workload.ts';

/** What the record of a workload says after it was stopped. */
export interface Stopped extends WorkloadStatus {
  readonly name: string;
}

/**
 * Stops a workload, or all of a pod's; the holder stays. `grace`: seconds between TERM and KILL, instead of those that it was
 * made with.
 */
export async function stopWorkloads(place: Place, name: string, grace?: number): Promise<Stopped[]> {
  const { host } = place;
  host.transcript.step = 'stop';
  return withRunning(place, name, ({ files }, workloads) =>
    Promise.all(
      workloads.map(async (workload) => ({
        ...(await stopWorkload(host, files, workload, grace)),
        name: workload.name,
      })),
    ),
  );
}
