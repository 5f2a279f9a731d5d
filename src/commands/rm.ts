import { removeByForce, removeEnded } from '../pod/remove-ended.ts';
import type { GlobalOptions } from './globals.ts';
import { type ChangeOptions, openChangingSession } from './session.ts';

/** `nslab rm [-f] NAME…`: removes the records of ended workloads; -f kills running ones first. */
export async function rm(
  names: readonly string[],
  options: ChangeOptions & { force?: boolean },
  globals: GlobalOptions,
): Promise<number> {
  const session = await openChangingSession(globals, { ...options, named: names });
  for (const name of names) {
    await (options.force ? removeByForce(session, name) : removeEnded(session, name));
    session.announce(name);
  }
  return 0;
}
