import { lockPod } from '../pod/store.ts';
import { findPlace, findTarget } from '../pod/target.ts';
import { endWorkload, forgetWorkload, killWorkload } from '../pod/workload.ts';
import { isActive, workloadNames } from '../pod/workload-record.ts';
import { OperationError } from '../sys/errors.ts';
import type { GlobalOptions } from './globals.ts';
import { type ChangeOptions, openChangingSession, type Session } from './session.ts';
import { withWorkloads } from './with-workloads.ts';

/** `nslab rm [-f] NAME…`: removes the records of ended workloads; -f kills running ones first. */
export async function rm(
  names: readonly string[],
  options: ChangeOptions & { force?: boolean },
  globals: GlobalOptions,
): Promise<number> {
  const session = await openChangingSession(globals, options);
  session.host.transcript.step = 'undo';
  for (const name of names) {
    await (options.force ? forceRemove(session, name) : removeEnded(session, name));
    session.announce(name);
  }
  return 0;
}

async function removeEnded(session: Session, name: string): Promise<void> {
  const { host, root } = session;
  if (!findTarget(root, name).workload) throw isPodError(name);
  await withWorkloads(session, name, async (pod, [workload]) => {
    if (!workload) return;
    if (isActive(workload)) {
      throw new OperationError(`workload "${name}" is running`, { hint: 'stop it first, or use -f' });
    }
    await killWorkload(host, workload);
    await forgetWorkload(host, root, pod, workload.name);
  });
}

/** Works with a damaged record too: finds the workload by its name, and its shim by the record that it holds open. */
async function forceRemove({ host, root }: Session, name: string): Promise<void> {
  const location = findPlace(root, name);
  const pod = await lockPod(host, root, location.pod);
  if (pod === undefined || pod === 'busy') throw new OperationError(`pod "${location.pod}" is gone`);
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
