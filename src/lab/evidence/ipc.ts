import { commandOutput } from '../../sys/command-output.ts';
import type { TableScript } from '../lab.ts';

/** The System V message queues that each role sees. */
export function queues(roles: readonly string[]): TableScript {
  return {
    title: 'queues',
    read: (session) =>
      Promise.all(
        roles.map(async (process) => {
          const target = ['--target', String(session.pid(process)), '--ipc'];
          const text = await commandOutput('nsenter', [...target, 'cat', '/proc/sysvipc/msg']);
          return { process, queues: text.trim().split('\n').length - 1 };
        }),
      ),
  };
}

/** The first line of a file in the mount namespace of each role. */
export function notes(roles: readonly string[], path: string): TableScript {
  return {
    title: 'notes',
    about: { path },
    read: (session) =>
      Promise.all(
        roles.map(async (process) => {
          const target = ['--target', String(session.pid(process)), '--mount'];
          const text = await commandOutput('nsenter', [...target, 'cat', path]).catch(() => undefined);
          return { process, says: text?.split('\n')[0] ?? null };
        }),
      ),
  };
}
