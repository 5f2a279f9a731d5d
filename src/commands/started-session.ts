import { SEARCH_PATH } from '../spec/search-path.ts';
import type { GlobalOptions } from './globals.ts';
import { type ChangeOptions, openChangingSession, type Session } from './session.ts';

/** For a command that a shim or a supervisor starts, with no environment. It leaves what is dead to the commands of people. */
export async function openStartedSession(
  globals: GlobalOptions,
  options: ChangeOptions = {},
): Promise<Session> {
  process.env.PATH ??= SEARCH_PATH;
  return openChangingSession(globals, { ...options, touches: 'all' });
}
