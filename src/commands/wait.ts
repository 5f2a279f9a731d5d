import { findTarget } from '../pod/target.ts';
import { waitForWorkload } from '../pod/wait-for-workload.ts';
import { readWorkloads, shellStatus } from '../pod/workload-record.ts';
import { type GlobalOptions, stateRoot } from './globals.ts';
import { print } from './print.ts';

/** `nslab wait NAME…`: waits until each workload has ended for good, and prints its exit status. */
export async function wait(names: readonly string[], globals: GlobalOptions): Promise<number> {
  const root = stateRoot(globals);
  for (const name of names) {
    const { pod, workload } = findTarget(root, name);
    for (const { name: each } of workload ? [workload] : readWorkloads(pod.files)) {
      print(`${shellStatus(await waitForWorkload(pod.files, each))}\n`);
    }
  }
  return 0;
}
