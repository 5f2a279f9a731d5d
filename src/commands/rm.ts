import { findTarget } from '../pod/target.ts';
import { forgetWorkload, killWorkload } from '../pod/workload.ts';
import { isActive } from '../pod/workload-record.ts';
import { OperationError } from '../sys/errors.ts';
import type { GlobalOptions } from './globals.ts';
import { type Changing, openChangingSession } from './session.ts';
import { withWorkloads } from './workloads.ts';

/** `nslab rm [-f] NAME…`: forgets workloads that have ended; with -f also ends them first. */
export async function rm(
  names: readonly string[],
  options: Changing & { force?: boolean },
  globals: GlobalOptions,
): Promise<number> {
  const session = await openChangingSession(globals, options);
  const { doors, root } = session;
  for (const name of names) {
    if (!findTarget(root, name).workload) {
      throw new OperationError(`"${name}" is a pod`, { hint: `take it down: nslab down ${name}` });
    }
    await withWorkloads(session, name, async (pod, [workload]) => {
      if (!workload) return;
      if (isActive(workload) && !options.force) {
        throw new OperationError(`workload "${name}" is running`, { hint: 'stop it first, or use -f' });
      }
      await killWorkload(doors, workload);
      await forgetWorkload(doors, root, pod, workload.name);
    });
    session.announce(name);
  }
  return 0;
}
