import { findIn, openOrigins } from '../pod/target.ts';
import { restartWorkload, stopWorkload } from '../pod/workload.ts';
import { OperationError } from '../sys/errors.ts';
import type { GlobalOptions } from './globals.ts';
import { type Changing, openChangingSession } from './session.ts';
import { withWorkloads } from './workloads.ts';

/** `nslab restart NAME…`: ends a workload and starts it as it was. The pod's address and neighbours stay. */
export async function restart(
  names: readonly string[],
  options: Changing,
  globals: GlobalOptions,
): Promise<number> {
  const session = await openChangingSession(globals, options);
  const { host, root } = session;
  for (const name of names) {
    await withWorkloads(session, name, async (pod, workloads) => {
      if (workloads.length === 0) throw new OperationError(`pod "${name}" has no workload to restart`);
      // What cannot be joined any more is better known before the workload is stopped.
      for (const { spec } of workloads) openOrigins(findIn(root), spec.origins).close();
      const closeTranscript = host.keepTranscript(pod.files.transcript);
      try {
        for (const workload of workloads) {
          host.transcript.step = 'stop';
          await stopWorkload(host, pod.files, workload);
          host.transcript.step = 'workload';
          const fresh = await restartWorkload(host, root, pod, workload);
          await fresh.stay();
        }
      } finally {
        closeTranscript();
      }
    });
    session.announce(name);
  }
  return 0;
}
