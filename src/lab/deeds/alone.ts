import { runWorkload } from '../../pod/run.ts';
import { lockPod } from '../../pod/store.ts';
import { endWorkload, forgetWorkload } from '../../pod/workload.ts';
import type { Bench } from '../bench.ts';

/** Starts a workload outside of any pod: what it does not join is its own, and ends with it. */
export async function alone(
  bench: Bench,
  role: string,
  command: readonly string[],
  joins?: string,
): Promise<void> {
  const { root } = bench;
  const doors = await bench.doors();
  const name = bench.nameOf(role);
  const net = joins === undefined ? 'new' : { of: bench.nameOf(joins) };
  const origins = { net, ipc: 'new', uts: 'new', pid: 'new' } as const;
  const { pod, workload } = await runWorkload(doors, root, { name, command, origins }, 'log');
  pod.release();
  bench.cast(role, workload.process.pid);
  bench.later(async () => {
    workload.letGo();
    const again = await lockPod(doors, root, pod.intent.name);
    if (again === undefined || again === 'busy') return;
    await endWorkload(doors, again.files, name, 'at once');
    await forgetWorkload(doors, root, again, name);
    again.release();
  });
}
