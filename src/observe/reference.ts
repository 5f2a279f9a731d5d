import type { Kind } from '../ns/kinds.ts';

/** One thing that keeps a namespace alive. The kernel frees a namespace when the last of them is gone. namespaces(7) */
export type NamespaceReference =
  /** A process in the namespace. */
  | { readonly by: 'process'; readonly pid: number }
  /** A thread in the namespace, while the main thread of its process is in another one. */
  | { readonly by: 'thread'; readonly pid: number; readonly tid: number }
  /** A process whose next child will be in the namespace: /proc/PID/ns/KIND_for_children. */
  | { readonly by: 'children'; readonly pid: number }
  /** A bind mount of the namespace's file in the mount namespace `mnt`, which `pid` is in. */
  | { readonly by: 'mount'; readonly path: string; readonly mnt: number; readonly pid: number }
  /** An open file descriptor. */
  | { readonly by: 'fd'; readonly pid: number; readonly fd: number }
  /** The namespace is the owner (a user namespace) or the parent (user or pid) of another one. */
  | { readonly by: 'owner' | 'parent'; readonly of: Kind; readonly inode: number };

/** The path in /proc that opens the namespace. Undefined for an owner or a parent, which have no path. */
export function referencePath(reference: NamespaceReference, kind: Kind): string | undefined {
  switch (reference.by) {
    case 'process':
      return `/proc/${reference.pid}/ns/${kind}`;
    case 'thread':
      return `/proc/${reference.pid}/task/${reference.tid}/ns/${kind}`;
    case 'children':
      return `/proc/${reference.pid}/ns/${kind}_for_children`;
    case 'mount':
      return `/proc/${reference.pid}/root${reference.path}`;
    case 'fd':
      return `/proc/${reference.pid}/fd/${reference.fd}`;
    default:
      return undefined;
  }
}

/** `process 12`, `bind mount /run/netns/blue`, `owner of net:[4026532001]`. */
export function referenceName(reference: NamespaceReference): string {
  switch (reference.by) {
    case 'process':
      return `process ${reference.pid}`;
    case 'thread':
      return `thread ${reference.tid} of process ${reference.pid}`;
    case 'children':
      return `the next child of process ${reference.pid}`;
    case 'mount':
      return `bind mount ${reference.path}`;
    case 'fd':
      return `descriptor ${reference.fd} of process ${reference.pid}`;
    default:
      return `${reference.by} of ${reference.of}:[${reference.inode}]`;
  }
}
