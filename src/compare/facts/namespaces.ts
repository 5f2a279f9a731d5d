import { statSync } from 'node:fs';
import { ALL_KINDS, KINDS, type Kind } from '../../ns/kinds.ts';
import { namespaceAt } from '../../ns/namespace.ts';
import { type ComparedPod, each, type Role } from '../compared-pod.ts';
import type { Fact } from '../fact.ts';
import { identitiesOf, type Relation, relation } from '../relation.ts';

/** The eight kinds of namespace: whose is that of each of the three? */
export const NAMESPACES: readonly Fact[] = ALL_KINDS.map((kind) => ({
  id: kind,
  asks: `whose ${kind} namespace? (${KINDS[kind].what})`,
  by: kind === 'ipc' ? `stat /proc/PID/ns/ipc, /proc/PID/root/dev/shm` : `stat /proc/PID/ns/${kind}`,
  read: (trio) =>
    each(trio.pids, (_, role) =>
      kind === 'ipc' ? messagesAndMemory(trio, role) : namespaceOf(trio, kind, role),
    ),
}));

function namespaceOf({ pids }: ComparedPod, kind: Kind, role: Role): Relation {
  const identity = (pid: number | 'self') => {
    const found = namespaceAt(`/proc/${pid}/ns/${kind}`);
    return found && `${found.dev}:${found.inode}`;
  };
  return relation(
    role,
    identitiesOf(pids, (pid) => identity(pid)),
    identity('self'),
  );
}

/** POSIX shared memory is a mount and no namespace, but belongs to it in every engine: whoever shares one shares both. */
function messagesAndMemory(trio: ComparedPod, role: Role): string {
  const messages = namespaceOf(trio, 'ipc', role);
  const memory = relation(
    role,
    identitiesOf(trio.pids, (pid) => memoryOf(pid)?.identity),
    memoryOf('self')?.identity,
  );
  return messages === memory ? messages : `${messages}, but /dev/shm ${memory}`;
}

/** Where a process has its shared memory. Our holder keeps it for the others, in a mount namespace that has no /dev. */
export function memoryOf(
  pid: number | 'self',
): { readonly path: string; readonly identity: string } | undefined {
  for (const path of ['dev/shm', 'shm'].map((place) => `/proc/${pid}/root/${place}`)) {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found) return { path, identity: `${found.dev}:${found.ino}` };
  }
  return undefined;
}
