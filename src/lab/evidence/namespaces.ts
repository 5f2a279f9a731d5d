import { ALL_KINDS, type Kind } from '../../ns/kinds.ts';
import { namespaceAt } from '../../ns/namespace.ts';
import { commandOutput } from '../../sys/command-output.ts';
import { processIds, readMaybe, readStat } from '../../sys/procfs.ts';
import type { TableScript } from '../lab.ts';
import type { LabSession } from '../lab-session.ts';
import { SessionValue } from '../session-value.ts';

/** The inodes of the roles' namespaces. Equal means shared. */
export function inodes(roles: readonly string[], kinds: readonly Kind[] = ALL_KINDS): TableScript {
  return {
    title: 'inodes',
    read: async (session) =>
      roles.map((process) => ({
        process,
        ...Object.fromEntries(kinds.map((kind) => [kind, inode(session.pid(process), kind)])),
      })),
  };
}

function inode(pid: number, kind: Kind): number | null {
  return namespaceAt(`/proc/${pid}/ns/${kind}`)?.inode ?? null;
}

/** The host name that each role sees. */
export function hostNames(roles: readonly string[]): TableScript {
  return {
    title: 'host-names',
    read: (session) =>
      Promise.all(
        roles.map(async (process) => ({
          process,
          name: (
            await commandOutput('nsenter', ['--target', String(session.pid(process)), '--uts', 'hostname'])
          ).trim(),
        })),
      ),
  };
}

/** The pids of each role: on the host, and in its own pid namespace. */
export function numbers(roles: readonly string[]): TableScript {
  return {
    title: 'pids',
    read: async (session) =>
      roles.map((process) => {
        const status = readMaybe(`/proc/${session.pid(process)}/status`) ?? '';
        const all = /^NSpid:\s+(.*)$/m.exec(status)?.[1]?.split(/\s+/).map(Number) ?? [];
        return { process, outside: all[0] ?? null, inside: all.at(-1) ?? null };
      }),
  };
}

/** Remembers the network namespace of a role, for use after its end. */
export function remember(session: LabSession, role: string): void {
  remembered.set(session, new Map([...remembered.of(session), [role, inode(session.pid(role), 'net') ?? 0]]));
}

const remembered = new SessionValue<ReadonlyMap<string, number>>(new Map());

/** The number of processes in each remembered network namespace. */
export function members(roles: readonly string[]): TableScript {
  return {
    title: 'members',
    read: async (session) =>
      roles.map((of) => {
        const wanted = remembered.of(session).get(of);
        return {
          of,
          inode: wanted ?? null,
          processes: processIds().filter((pid) => inode(pid, 'net') === wanted).length,
        };
      }),
  };
}

/** The zombies in the pid namespace of a role. */
export function zombies(role: string): TableScript {
  return {
    title: 'zombies',
    about: { role },
    async read(session) {
      const wanted = inode(session.pid(role), 'pid');
      // A zombie has no namespaces: it is found through its parent.
      const members = new Set(processIds().filter((pid) => inode(pid, 'pid') === wanted));
      const found = processIds().filter((pid) => {
        const stat = readStat(pid);
        return stat?.state === 'Z' && members.has(stat.parent);
      });
      return [{ processes: members.size, zombies: found.length }];
    },
  };
}
