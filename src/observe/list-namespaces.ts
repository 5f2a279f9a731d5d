import { ALL_KINDS, type Kind } from '../ns/kinds.ts';
import { namespacesOf } from '../ns/namespace.ts';
import type { Owner } from '../spec/wiring.ts';
import type { Kernel } from '../sys/invoke.ts';
import { commandOf } from './command.ts';
import { readHierarchy } from './hierarchy.ts';
import { findOwner, HOST, type Known, owners } from './owner.ts';
import type { Hold } from './reference.ts';
import { survey } from './scan-proc.ts';

/** One namespace of this machine, and all that keeps it. */
export interface NamespaceFacts {
  readonly kind: Kind;
  readonly inode: number;
  readonly whose: readonly Owner[];
  readonly processes: number;
  readonly threads: number;
  /** The lowest pid in it, and that one's command. */
  readonly pid: number | null;
  readonly command: string | null;
  readonly owner: number | null;
  readonly parent: number | null;
  readonly holds: readonly Hold[];
}

export interface NamespaceList {
  readonly namespaces: readonly NamespaceFacts[];
  /** What could not be seen, in sentences. */
  readonly unseen: readonly string[];
  whose(pid: number): Owner | undefined;
}

/** Every namespace of this machine that can be seen from here, by kind: as lsns(8), and those that have no process. */
export function listNamespaces(kernel: Kernel, known: Known): NamespaceList {
  const seen = survey();
  const kin = readHierarchy(kernel, seen);
  const whose = findOwner(seen, known);
  const host = hostInodes();
  const namespaces = [...seen.namespaces.values()].map((namespace): NamespaceFacts => {
    const { kind, inode, holds, threads } = namespace;
    const pids = holds.flatMap((hold) => (hold.by === 'process' ? [hold.pid] : []));
    // The survey goes by pid.
    const first = pids[0] ?? null;
    return {
      kind,
      inode,
      whose: host.has(inode) ? [HOST] : owners(namespace, whose),
      processes: pids.length,
      threads,
      pid: first,
      command: first === null ? null : commandOf(first),
      owner: kin.get(inode)?.owner ?? null,
      parent: kin.get(inode)?.parent ?? null,
      holds,
    };
  });
  return { namespaces: namespaces.sort(inOrder), unseen: seen.unseen, whose };
}

function hostInodes(): ReadonlySet<number> {
  return new Set(Object.values(namespacesOf('self')).map(({ inode }) => inode));
}

/** By kind; this host's first, then by who is in it. */
function inOrder(a: NamespaceFacts, b: NamespaceFacts): number {
  const order = ALL_KINDS.indexOf(a.kind) - ALL_KINDS.indexOf(b.kind);
  const host = Number(b.whose[0] === HOST) - Number(a.whose[0] === HOST);
  const pid = (a.pid ?? Number.POSITIVE_INFINITY) - (b.pid ?? Number.POSITIVE_INFINITY);
  return order || host || (Number.isNaN(pid) ? 0 : pid) || a.inode - b.inode;
}
