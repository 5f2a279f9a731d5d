import { ALL_KINDS, type Kind } from '../../ns/kinds.ts';
import { namespaceAt } from '../../ns/namespace.ts';
import { commandOutput } from '../../sys/command-output.ts';
import { processIds, readMaybe, readStat } from '../../sys/procfs.ts';
import type { Item } from '../lab.ts';
import type { LabSession } from '../lab-session.ts';
import { SessionValue } from '../session-value.ts';

/** The inodes of the namespaces of these processes: equal means shared, and nothing else does. */
export function inodes(people: readonly string[], kinds: readonly Kind[] = ALL_KINDS): Item {
  return {
    title: 'inodes of namespaces (stat /proc/PID/ns/*)',
    read: async (session) =>
      people.map((process) => ({
        process,
        ...Object.fromEntries(kinds.map((kind) => [kind, inode(session.pid(process), kind)])),
      })),
  };
}

function inode(pid: number, kind: Kind): number | null {
  return namespaceAt(`/proc/${pid}/ns/${kind}`)?.inode ?? null;
}

/** The host name that each of them sees. */
export function hostNames(people: readonly string[]): Item {
  return {
    title: 'host names (nsenter --uts hostname)',
    read: (session) =>
      Promise.all(
        people.map(async (process) => ({
          process,
          name: (
            await commandOutput('nsenter', ['--target', String(session.pid(process)), '--uts', 'hostname'])
          ).trim(),
        })),
      ),
  };
}

/** The numbers that a process has: for this machine, and for itself. */
export function numbers(people: readonly string[]): Item {
  return {
    title: 'numbers of processes (NSpid in /proc/PID/status)',
    read: async (session) =>
      people.map((process) => {
        const status = readMaybe(`/proc/${session.pid(process)}/status`) ?? '';
        const all = /^NSpid:\s+(.*)$/m.exec(status)?.[1]?.split(/\s+/).map(Number) ?? [];
        return { process, outside: all[0] ?? null, inside: all.at(-1) ?? null };
      }),
  };
}

/** Remembers in which network namespace somebody is, for when he is gone. */
export function remember(session: LabSession, who: string): void {
  remembered.set(session, new Map([...remembered.of(session), [who, inode(session.pid(who), 'net') ?? 0]]));
}

const remembered = new SessionValue<ReadonlyMap<string, number>>(new Map());

/** How many processes of this machine are in the network namespaces that were remembered. */
export function members(people: readonly string[]): Item {
  return {
    title: 'who is in that namespace? (stat /proc/*/ns/net)',
    read: async (session) =>
      people.map((of) => {
        const wanted = remembered.of(session).get(of);
        return {
          of,
          inode: wanted ?? null,
          processes: processIds().filter((pid) => inode(pid, 'net') === wanted).length,
        };
      }),
  };
}

/** The processes in the pid namespace of somebody that have ended and that nobody has waited for. */
export function zombies(who: string): Item {
  return {
    title: `zombies in the pid namespace of ${who} (/proc/*/stat)`,
    async read(session) {
      const wanted = inode(session.pid(who), 'pid');
      // A zombie is in no namespace any more: whose it is, its parent says.
      const inThere = new Set(processIds().filter((pid) => inode(pid, 'pid') === wanted));
      const found = processIds().filter((pid) => {
        const stat = readStat(pid);
        return stat?.state === 'Z' && inThere.has(stat.parent);
      });
      return [{ processes: inThere.size, zombies: found.length }];
    },
  };
}
