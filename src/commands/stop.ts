import { stopWorkload } from '../pod/workload.ts';
import { type GlobalOptions, say } from './globals.ts';
import { type Changing, openChangingSession } from './session.ts';
import { withWorkloads } from './workloads.ts';

/** `nslab stop NAME…`: TERM, the grace period, KILL. Of a pod: all its workloads; its holder stays. */
export async function stop(
  names: readonly string[],
  options: Changing,
  globals: GlobalOptions,
): Promise<number> {
  const session = await openChangingSession(globals, options);
  session.host.transcript.step = 'stop';
  for (const name of names) {
    await withWorkloads(session, name, async ({ files }, workloads) => {
      await Promise.all(
        workloads.map(async (workload) => {
          const { note } = await stopWorkload(session.host, files, workload);
          if (note !== '') say(`workload "${workload.name}": ${note}`);
        }),
      );
    });
    session.announce(name);
  }
  return 0;
}
