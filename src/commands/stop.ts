import { stopWorkload } from '../pod/workload.ts';
import { type GlobalOptions, openChangingSession, say } from './session.ts';
import { withWorkloads } from './workloads.ts';

/** `nslab stop NAME…`: TERM, the grace period, KILL. Of a pod: all its workloads; its holder stays. */
export async function stop(names: readonly string[], globals: GlobalOptions): Promise<number> {
  const session = await openChangingSession(globals);
  session.doors.diary.step = 'stop';
  for (const name of names) {
    await withWorkloads(session, name, async ({ files }, workloads) => {
      await Promise.all(
        workloads.map(async (workload) => {
          const { note } = await stopWorkload(session.doors, files, workload);
          if (note !== '') say(`workload "${workload.name}": ${note}`);
        }),
      );
    });
    process.stdout.write(`${name}\n`);
  }
  return 0;
}
