import { findIn, openOrigins } from '../pod/target.ts';
import { restartWorkload, stopWorkload } from '../pod/workload.ts';
import { OperationError } from '../sys/errors.ts';
import type { GlobalOptions } from './globals.ts';
import { type ChangeOptions, openChangingSession } from './session.ts';
import { withWorkloads } from './with-workloads.ts';

/** `nslab restart NAME…`: stops workloads and starts them with the same options. The pod keeps its address and its other workloads. */
export async function restart(
  names: readonly string[],
  options: ChangeOptions,
  globals: GlobalOptions,
): Promise<number> {
  const session = await openChangingSession(globals, options);
  const { host, root } = session;
  for (const name of names) {
    await withWorkloads(session, name, async (pod, workloads) => {
      if (workloads.length === 0) throw new OperationError(`pod "${name}" has no workload to restart`);
      // Fails before a workload is stopped, when a namespace that it joins is gone.
      for (const { spec } of workloads) openOrigins(findIn(root), spec.origins).close();
      for (const workload of workloads) {
        host.transcript.step = 'stop';
        await stopWorkload(host, pod.files, workload);
        host.transcript.step = 'workload';
        const owned = await restartWorkload(host, root, pod, workload);
        await owned.stay();
      }
    });
    session.announce(name);
  }
  return 0;
}
