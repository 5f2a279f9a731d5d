import { restartWorkloads } from '../pod/restart-workloads.ts';
import type { GlobalOptions } from './globals.ts';
import { type ChangeOptions, openChangingSession } from './session.ts';

/** `nslab restart NAME…`: stops workloads and starts them with the same options. The pod keeps its address and its other workloads. */
export async function restart(
  names: readonly string[],
  options: ChangeOptions,
  globals: GlobalOptions,
): Promise<number> {
  const session = await openChangingSession(globals, { ...options, named: names });
  for (const name of names) {
    await restartWorkloads(session, name, (workload) => workload.stay());
    session.announce(name);
  }
  return 0;
}
