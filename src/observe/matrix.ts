import { ALL_KINDS, type Kind } from '../ns/kinds.ts';
import { type NamespaceIds, namespacesOf, sameNamespace } from '../ns/namespace.ts';

/** A process to list in the matrix, and its role in its pod. */
export interface Subject {
  readonly pod: string;
  readonly name: string;
  readonly role: 'holder' | 'workload';
  readonly pid: number;
}

/** Whose namespace a process is in: the host's, its pod's holder's, or its own. */
export type Same = 'host' | 'holder' | 'own';

export interface Cell {
  readonly inode: number;
  readonly same: Same;
}

export interface MatrixRow extends Subject {
  readonly ns: Readonly<Partial<Record<Kind, Cell>>>;
}

/** Which namespaces are shared: one row per process, one column per kind. Read from the kernel; records give only the pids. */
export interface Matrix {
  readonly host: Readonly<Partial<Record<Kind, number>>>;
  readonly processes: readonly MatrixRow[];
}

export function namespaceMatrix(subjects: readonly Subject[]): Matrix {
  const host = namespacesOf('self');
  const holders = new Map<string, NamespaceIds>();
  for (const { role, pod, pid } of subjects) if (role === 'holder') holders.set(pod, namespacesOf(pid));
  const processes = subjects.map((subject) => {
    const ids = namespacesOf(subject.pid);
    const holder = subject.role === 'workload' ? holders.get(subject.pod) : undefined;
    return { ...subject, ns: cells(ids, host, holder) };
  });
  return { host: inodes(host), processes };
}

function cells(ids: NamespaceIds, host: NamespaceIds, holder: NamespaceIds | undefined): MatrixRow['ns'] {
  const row: Partial<Record<Kind, Cell>> = {};
  for (const kind of ALL_KINDS) {
    const id = ids[kind];
    if (!id) continue;
    // The host's first: a holder without its own namespace of a kind is in the host's, and so are its workloads.
    const same = sameNamespace(id, host[kind])
      ? 'host'
      : sameNamespace(id, holder?.[kind])
        ? 'holder'
        : 'own';
    row[kind] = { inode: id.inode, same };
  }
  return row;
}

function inodes(ids: NamespaceIds): Partial<Record<Kind, number>> {
  return Object.fromEntries(ALL_KINDS.flatMap((kind) => (ids[kind] ? [[kind, ids[kind].inode]] : [])));
}
