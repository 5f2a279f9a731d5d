import { removeDamaged } from '../pod/gc.ts';
import { checkName } from '../pod/names.ts';
import { DamagedRecord, lockPod, podNames } from '../pod/store.ts';
import { tearDown } from '../pod/teardown.ts';
import { InputError } from '../sys/errors.ts';
import type { GlobalOptions } from './globals.ts';
import { type Changing, openChangingSession, type Session } from './session.ts';

/** `nslab down NAME… | --all`: ends workloads, then the pod. A pod that is not there is down already. */
export async function down(
  names: readonly string[],
  options: Changing & { all?: boolean },
  globals: GlobalOptions,
): Promise<number> {
  const all = options.all ?? false;
  if (all === names.length > 0) throw new InputError('down needs either names or --all');
  for (const name of names) checkName('pod', name);
  const session = await openChangingSession(globals, options);
  for (const name of all ? podNames(session.root) : names) {
    await downOne(session, name);
    session.announce(name);
  }
  return 0;
}

async function downOne({ root, doors }: Session, name: string): Promise<void> {
  try {
    const pod = await lockPod(doors, root, name);
    if (!pod || pod === 'busy') return;
    try {
      await tearDown(doors, root, pod, 'gently');
    } finally {
      pod.release();
    }
  } catch (error) {
    if (!(error instanceof DamagedRecord)) throw error;
    await removeDamaged(doors, root, name);
  }
}
