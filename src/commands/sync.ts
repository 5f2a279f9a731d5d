import { syncQueued, syncServices } from '../service/sync.ts';
import { InputError } from '../sys/errors.ts';
import type { GlobalOptions } from './globals.ts';
import { type ChangeOptions, openChangingSession } from './session.ts';
import { openStartedSession } from './started-session.ts';

export interface SyncOptions extends ChangeOptions {
  readonly queued?: boolean;
  readonly watch?: boolean;
}

/** `nslab sync`: brings the rules of Services to what is ready now. */
export async function sync(
  { queued = false, watch = false, ...options }: SyncOptions,
  globals: GlobalOptions,
): Promise<number> {
  if (watch && (queued || options.dryRun))
    throw new InputError(`--watch goes on, and ${queued ? '--queued' : '--dry-run'} does not`);
  const open = queued ? openStartedSession : openChangingSession;
  const session = await open(globals, options);
  if (watch) return (await import('./sync-watch.ts')).watchServices(session);
  const { host, root } = session;
  await (queued ? syncQueued : syncServices)(host, root);
  return 0;
}
