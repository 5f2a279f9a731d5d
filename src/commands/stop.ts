import { stopWorkload } from '../pod/workload.ts';
import { type GlobalOptions, printNotice } from './globals.ts';
import { type ChangeOptions, openChangingSession } from './session.ts';
import { withWorkloads } from './with-workloads.ts';

/** `nslab stop NAME…`: sends TERM, waits for the grace period, sends KILL. A pod's name means all its workloads; the holder stays. */
export async function stop(
  names: readonly string[],
  options: ChangeOptions,
  globals: GlobalOptions,
): Promise<number> {
  const session = await openChangingSession(globals, options);
  session.host.transcript.step = 'stop';
  for (const name of names) {
    await withWorkloads(session, name, async ({ files }, workloads) => {
      await Promise.all(
        workloads.map(async (workload) => {
          const { note } = await stopWorkload(session.host, files, workload);
          if (note !== '') printNotice(`workload "${workload.name}": ${note}`);
        }),
      );
    });
    session.announce(name);
  }
  return 0;
}
