import { commandOutput } from '../../sys/command-output.ts';
import type { Item } from '../lab.ts';

/** The message queues of System V that each of them sees. */
export function queues(people: readonly string[]): Item {
  return {
    title: 'message queues (nsenter --ipc, /proc/sysvipc/msg)',
    read: (session) =>
      Promise.all(
        people.map(async (process) => {
          const target = ['--target', String(session.pid(process)), '--ipc'];
          const text = await commandOutput('nsenter', [...target, 'cat', '/proc/sysvipc/msg']);
          return { process, queues: text.trim().split('\n').length - 1 };
        }),
      ),
  };
}

/** The first line of a file, as each of them finds it by his own mounts. */
export function notes(people: readonly string[], path: string): Item {
  return {
    title: `what ${path} says (nsenter --mount cat)`,
    read: (session) =>
      Promise.all(
        people.map(async (process) => {
          const target = ['--target', String(session.pid(process)), '--mount'];
          const text = await commandOutput('nsenter', [...target, 'cat', path]).catch(() => undefined);
          return { process, says: text?.split('\n')[0] ?? null };
        }),
      ),
  };
}
