import { runWorkload } from '../../pod/run.ts';
import type { Bench } from '../bench.ts';
import { removeWorkload } from './remove-workload.ts';

/** Starts a workload outside of any pod: what it does not join is its own, and ends with it. */
export async function alone(
  bench: Bench,
  role: string,
  command: readonly string[],
  joins?: string,
): Promise<void> {
  const doors = await bench.doors();
  const name = bench.nameOf(role);
  const net = joins === undefined ? 'new' : { of: bench.nameOf(joins) };
  const origins = { net, ipc: 'new', uts: 'new', pid: 'new' } as const;
  const { pod, workload } = await runWorkload(doors, bench.root, { name, command, origins }, 'log');
  pod.release();
  bench.cast(role, workload.process.pid);
  bench.later(async () => {
    workload.letGo();
    await removeWorkload(bench, pod.intent.name, name);
  });
}
