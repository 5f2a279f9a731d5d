import { statSync } from 'node:fs';
import { ALL_KINDS, KINDS, type Kind } from '../../ns/kinds.ts';
import { namespaceAt } from '../../ns/namespace.ts';
import { type ComparedPod, eachRole, type Role } from '../compared-pod.ts';
import type { Fact } from '../fact.ts';
import { identitiesOf, type Relation, relation } from '../relation.ts';

/** The eight kinds of namespace: whether each process has its own, joined another's, or uses the host's. */
export const NAMESPACES: readonly Fact[] = ALL_KINDS.map((kind) => ({
  id: kind,
  asks: `which ${kind} namespace: own, joined or the host’s? (${KINDS[kind].what})`,
  by: kind === 'ipc' ? `stat /proc/PID/ns/ipc, /proc/PID/root/dev/shm` : `stat /proc/PID/ns/${kind}`,
  read: (pod) =>
    eachRole(pod.pids, (_, role) =>
      kind === 'ipc' ? ipcAndSharedMemory(pod, role) : namespaceOf(pod, kind, role),
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

/** POSIX shared memory is a mount, not a namespace; every engine shares it together with the ipc namespace. */
function ipcAndSharedMemory(pod: ComparedPod, role: Role): string {
  const ipc = namespaceOf(pod, 'ipc', role);
  const memory = relation(
    role,
    identitiesOf(pod.pids, (pid) => memoryOf(pid)?.identity),
    memoryOf('self')?.identity,
  );
  return ipc === memory ? ipc : `${ipc}, but /dev/shm ${memory}`;
}

/** Finds the shared memory of a process. Our holder has it at /shm: its mount namespace has no /dev. */
export function memoryOf(
  pid: number | 'self',
): { readonly path: string; readonly identity: string } | undefined {
  for (const path of ['dev/shm', 'shm'].map((path) => `/proc/${pid}/root/${path}`)) {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found) return { path, identity: `${found.dev}:${found.ino}` };
  }
  return undefined;
}
