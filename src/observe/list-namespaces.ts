import { ALL_KINDS, type Kind } from '../ns/kinds.ts';
import { namespacesOf } from '../ns/namespace.ts';
import type { Owner } from '../spec/wiring.ts';
import type { Kernel } from '../sys/invoke.ts';
import { commandOf } from './command.ts';
import { readHierarchy } from './hierarchy.ts';
import { findOwner, HOST, type KnownOwners, owners } from './owner.ts';
import type { NamespaceReference } from './reference.ts';
import { scanProc } from './scan-proc.ts';

/** One namespace of this machine, and everything that keeps it alive: an item of `nslab ns --all -o json`. */
export interface NamespaceFacts {
  readonly kind: Kind;
  readonly inode: number;
  readonly whose: readonly Owner[];
  readonly processes: number;
  readonly threads: number;
  /** The lowest pid in the namespace, and the command of that process. */
  readonly pid: number | null;
  readonly command: string | null;
  readonly owner: number | null;
  readonly parent: number | null;
  readonly holds: readonly NamespaceReference[];
}

export interface NamespaceList {
  readonly namespaces: readonly NamespaceFacts[];
  /** What could not be seen, in sentences. */
  readonly unseen: readonly string[];
  ownerOf(pid: number): Owner | undefined;
}

/** Lists every visible namespace of this machine by kind, like lsns(8), and also those without a process. */
export function listNamespaces(kernel: Kernel, known: KnownOwners): NamespaceList {
  const scan = scanProc();
  const hierarchy = readHierarchy(kernel, scan);
  const ownerOf = findOwner(scan, known);
  const host = hostInodes();
  const namespaces = [...scan.namespaces.values()].map((namespace): NamespaceFacts => {
    const { kind, inode, references, threads } = namespace;
    const pids = references.flatMap((reference) => (reference.by === 'process' ? [reference.pid] : []));
    const lowest = pids[0] ?? null;
    return {
      kind,
      inode,
      whose: host.has(inode) ? [HOST] : owners(namespace, ownerOf),
      processes: pids.length,
      threads,
      pid: lowest,
      command: lowest === null ? null : commandOf(lowest),
      owner: hierarchy.get(inode)?.owner ?? null,
      parent: hierarchy.get(inode)?.parent ?? null,
      holds: references,
    };
  });
  return { namespaces: namespaces.sort(inOrder), unseen: scan.unseen, ownerOf };
}

function hostInodes(): ReadonlySet<number> {
  return new Set(Object.values(namespacesOf('self')).map(({ inode }) => inode));
}

/** By kind, then this host's first, then by lowest pid. */
function inOrder(a: NamespaceFacts, b: NamespaceFacts): number {
  const order = ALL_KINDS.indexOf(a.kind) - ALL_KINDS.indexOf(b.kind);
  const host = Number(b.whose[0] === HOST) - Number(a.whose[0] === HOST);
  const pid = (a.pid ?? Number.POSITIVE_INFINITY) - (b.pid ?? Number.POSITIVE_INFINITY);
  return order || host || (Number.isNaN(pid) ? 0 : pid) || a.inode - b.inode;
}
