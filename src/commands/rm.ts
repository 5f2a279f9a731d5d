import { lockPod } from '../pod/store.ts';
import { findPlace, findTarget } from '../pod/target.ts';
import { endWorkload, forgetWorkload, killWorkload } from '../pod/workload.ts';
import { isActive, workloadNames } from '../pod/workload-record.ts';
import { OperationError } from '../sys/errors.ts';
import type { GlobalOptions } from './globals.ts';
import { type Changing, openChangingSession, type Session } from './session.ts';
import { withWorkloads } from './workloads.ts';

/** `nslab rm [-f] NAME…`: forgets workloads that have ended; with -f also ends them first. */
export async function rm(
  names: readonly string[],
  options: Changing & { force?: boolean },
  globals: GlobalOptions,
): Promise<number> {
  const session = await openChangingSession(globals, options);
  for (const name of names) {
    await (options.force ? removeAnyhow(session, name) : removeEnded(session, name));
    session.announce(name);
  }
  return 0;
}

async function removeEnded(session: Session, name: string): Promise<void> {
  const { host, root } = session;
  if (!findTarget(root, name).workload) throw isPod(name);
  await withWorkloads(session, name, async (pod, [workload]) => {
    if (!workload) return;
    if (isActive(workload)) {
      throw new OperationError(`workload "${name}" is running`, { hint: 'stop it first, or use -f' });
    }
    await killWorkload(host, workload);
    await forgetWorkload(host, root, pod, workload.name);
  });
}

/** Whatever its record says, or if it says nothing any more: it is found by its name, and its shim by the open record. */
async function removeAnyhow({ host, root }: Session, name: string): Promise<void> {
  const place = findPlace(root, name);
  const pod = await lockPod(host, root, place.pod);
  if (pod === undefined || pod === 'busy') throw new OperationError(`pod "${place.pod}" is gone`);
  try {
    const workload = place.workload ?? (pod.intent.holder ? undefined : place.pod);
    if (workload === undefined) throw isPod(name);
    if (!workloadNames(pod.files).includes(workload)) findTarget(root, name);
    await endWorkload(host, pod.files, workload, 'at once');
    await forgetWorkload(host, root, pod, workload);
  } finally {
    pod.release();
  }
}

function isPod(name: string): OperationError {
  return new OperationError(`"${name}" is a pod`, { hint: `take it down: nslab down ${name}` });
}
