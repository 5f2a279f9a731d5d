import { commandOutput } from '../../sys/command-output.ts';
import type { EvidenceTable } from '../lab.ts';

/** The System V message queues that each role sees. */
export function queues(roles: readonly string[]): EvidenceTable {
  return {
    title: 'message queues (nsenter --ipc, /proc/sysvipc/msg)',
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
export function notes(roles: readonly string[], path: string): EvidenceTable {
  return {
    title: `contents of ${path} (nsenter --mount cat)`,
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
