import type { Item } from '../lab.ts';
import { output } from './output.ts';

/** The message queues of System V that each of them sees. */
export function queues(people: readonly string[]): Item {
  return {
    title: 'message queues (nsenter --ipc, /proc/sysvipc/msg)',
    read: (bench) =>
      Promise.all(
        people.map(async (process) => {
          const target = ['--target', String(bench.pid(process)), '--ipc'];
          const text = await output('nsenter', [...target, 'cat', '/proc/sysvipc/msg']);
          return { process, queues: text.trim().split('\n').length - 1 };
        }),
      ),
  };
}

/** The first line of a file, as each of them finds it by his own mounts. */
export function notes(people: readonly string[], path: string): Item {
  return {
    title: `what ${path} says (nsenter --mount cat)`,
    read: (bench) =>
      Promise.all(
        people.map(async (process) => {
          const target = ['--target', String(bench.pid(process)), '--mount'];
          const text = await output('nsenter', [...target, 'cat', path]).catch(() => undefined);
          return { process, says: text?.split('\n')[0] ?? null };
        }),
      ),
  };
}
