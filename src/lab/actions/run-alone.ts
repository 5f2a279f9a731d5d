import { removeWorkload } from '../../pod/remove-workload.ts';
import { runWorkload } from '../../pod/run-workload.ts';
import type { LabSession } from '../lab-session.ts';

/** Starts a workload without a pod. Namespaces that it does not join are new, and end with it. */
export async function runAlone(
  session: LabSession,
  role: string,
  command: readonly string[],
  joins?: string,
): Promise<void> {
  const host = await session.host();
  const name = session.nameOf(role);
  const net = joins === undefined ? 'new' : { of: session.nameOf(joins) };
  const origins = { net, ipc: 'new', uts: 'new', pid: 'new' } as const;
  const { pod, workload, finish } = await runWorkload(host, session.root, { name, command, origins }, 'log');
  pod.release();
  session.assign(role, workload.process.pid);
  session.addUndo(async () => {
    workload.letGo();
    await removeWorkload(host, session.root, pod.intent.name, name);
    await finish();
  });
}
