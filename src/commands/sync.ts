import { syncQueued, syncServices } from '../service/sync.ts';
import type { GlobalOptions } from './globals.ts';
import { type ChangeOptions, openChangingSession } from './session.ts';

export interface SyncOptions extends ChangeOptions {
  readonly queued?: boolean;
}

/** `nslab sync`: brings the rules of Services to what is ready now. */
export async function sync(
  { queued = false, ...options }: SyncOptions,
  globals: GlobalOptions,
): Promise<number> {
  // A shim starts it with no environment.
  process.env.PATH ??= '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  const { host, root } = await openChangingSession(globals, { ...options, touches: queued ? 'all' : [] });
  await (queued ? syncQueued : syncServices)(host, root);
  return 0;
}
