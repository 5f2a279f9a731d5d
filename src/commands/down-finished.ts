import { takeDownFinished } from '../pod/finished-job.ts';
import { syncServices } from '../service/sync.ts';
import { checkName } from '../spec/names.ts';
import { InputError } from '../sys/errors.ts';
import type { GlobalOptions } from './globals.ts';
import { openStartedSession } from './started-session.ts';

/**
 * `nslab down --finished UID POD`, for the supervisors of a Job: its time to live is over, and its pods are taken down as by
 * any `down`, if they are still those and have still finished.
 */
export async function downFinished(
  names: readonly string[],
  uid: string,
  globals: GlobalOptions,
): Promise<number> {
  const [name, ...more] = names;
  if (name === undefined || more.length > 0)
    throw new InputError('down --finished is for the supervisor of a pod, and takes its one name');
  const { host, root } = await openStartedSession(globals);
  await takeDownFinished(
    host,
    root,
    { name: checkName('pod', name), uid },
    { ending: () => syncServices(host, root), how: { leaves: true } },
  );
  return 0;
}
