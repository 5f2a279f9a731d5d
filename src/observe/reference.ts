import type { Kind } from '../ns/kinds.ts';

/** One thing that keeps a namespace alive: as long as it is there, the namespace is. namespaces(7) */
export type Hold =
  /** A process that is in it. */
  | { readonly by: 'process'; readonly pid: number }
  /** A thread that is in it, while its process's first thread is elsewhere. */
  | { readonly by: 'thread'; readonly pid: number; readonly tid: number }
  /** A process whose next child will be born in it. */
  | { readonly by: 'children'; readonly pid: number }
  /** A bind mount of its file, in the mount namespace `mnt`, which that process is in. */
  | { readonly by: 'mount'; readonly path: string; readonly mnt: number; readonly pid: number }
  /** An open descriptor of its file. */
  | { readonly by: 'fd'; readonly pid: number; readonly fd: number }
  /** It is the owner (a user namespace) or the parent (user or pid) of another one. */
  | { readonly by: 'owner' | 'parent'; readonly of: Kind; readonly inode: number };

/** Where /proc shows the namespace that is held so, for open(2); nowhere for those that only others lead to. */
export function referencePath(hold: Hold, kind: Kind): string | undefined {
  switch (hold.by) {
    case 'process':
      return `/proc/${hold.pid}/ns/${kind}`;
    case 'thread':
      return `/proc/${hold.pid}/task/${hold.tid}/ns/${kind}`;
    case 'children':
      return `/proc/${hold.pid}/ns/${kind}_for_children`;
    case 'mount':
      return `/proc/${hold.pid}/root${hold.path}`;
    case 'fd':
      return `/proc/${hold.pid}/fd/${hold.fd}`;
    default:
      return undefined;
  }
}

/** A hold in words, without the name of its process. */
export function referenceName(hold: Hold): string {
  switch (hold.by) {
    case 'process':
      return `process ${hold.pid}`;
    case 'thread':
      return `thread ${hold.tid} of process ${hold.pid}`;
    case 'children':
      return `the next child of process ${hold.pid}`;
    case 'mount':
      return `bind mount ${hold.path}`;
    case 'fd':
      return `descriptor ${hold.fd} of process ${hold.pid}`;
    default:
      return `${hold.by} of ${hold.of}:[${hold.inode}]`;
  }
}
