import { ALL_KINDS, type Kind } from '../../ns/kinds.ts';
import { namespaceAt } from '../../ns/namespace.ts';
import { scanProc } from '../../observe/scan-proc.ts';
import { caller, joiner, maker } from '../actions/each-kind.ts';
import type { TableScript } from '../lab.ts';
import type { LabSession } from '../lab-session.ts';
import { SessionValue } from '../session-value.ts';

/**
 * The field by which the kernel finds a process's namespace, and counts it as alive. <linux/nsproxy.h>, <linux/cred.h>; a pid
 * namespace is that of the process's number, task_active_pid_ns() in kernel/pid.c.
 */
const FIELDS: Readonly<Record<Kind, string>> = {
  net: 'nsproxy->net_ns',
  ipc: 'nsproxy->ipc_ns',
  uts: 'nsproxy->uts_ns',
  pid: 'thread_pid->numbers[].ns',
  mnt: 'nsproxy->mnt_ns',
  user: 'cred->user_ns',
  cgroup: 'nsproxy->cgroup_ns',
  time: 'nsproxy->time_ns',
};

const inodeOf = (pid: number, kind: Kind) => namespaceAt(`/proc/${pid}/ns/${kind}`)?.inode ?? null;

/** The namespaces of the host, of the processes that called unshare(1), and of those that live in the new ones. */
export function kindsMade(withJoiner = false): TableScript {
  return {
    title: 'kinds',
    read: async (session) =>
      ALL_KINDS.map((kind) => ({
        kind,
        host: inodeOf(session.pid('host'), kind),
        caller: inodeOf(session.pid(caller(kind)), kind),
        process: inodeOf(session.pid(maker(kind)), kind),
        ...(withJoiner && { second: inodeOf(session.pid(joiner(kind)), kind) }),
      })),
  };
}

/** Remembers the new namespaces, for use after their end. */
export function rememberKinds(session: LabSession): void {
  const found = ALL_KINDS.map((kind) => [kind, inodeOf(session.pid(maker(kind)), kind) ?? 0] as const);
  remembered.set(session, new Map(found));
}

const remembered = new SessionValue<ReadonlyMap<Kind, number>>(new Map());

/** What keeps each remembered namespace: how many processes, next children, open files and mounts. */
export const kindsKept: TableScript = {
  title: 'keepers',
  async read(session) {
    const found = [...scanProc().namespaces.values()];
    return ALL_KINDS.map((kind) => {
      const inode = remembered.of(session).get(kind) ?? null;
      const references = found.find((each) => each.inode === inode && each.kind === kind)?.references ?? [];
      const count = (...by: readonly string[]) => references.filter((each) => by.includes(each.by)).length;
      return {
        kind,
        inode,
        field: FIELDS[kind],
        processes: count('process', 'thread'),
        for_children: count('children'),
        files: count('fd', 'mount'),
        alive: references.length > 0,
      };
    });
  },
};
