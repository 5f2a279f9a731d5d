import { syncQueued, syncServices } from '../service/sync.ts';
import type { GlobalOptions } from './globals.ts';
import { type ChangeOptions, openChangingSession } from './session.ts';
import { openStartedSession } from './started-session.ts';

export interface SyncOptions extends ChangeOptions {
  readonly queued?: boolean;
}

/** `nslab sync`: brings the rules of Services to what is ready now. */
export async function sync(
  { queued = false, ...options }: SyncOptions,
  globals: GlobalOptions,
): Promise<number> {
  const open = queued ? openStartedSession : openChangingSession;
  const { host, root } = await open(globals, options);
  await (queued ? syncQueued : syncServices)(host, root);
  return 0;
}
