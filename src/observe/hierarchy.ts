import { closeSync, readlinkSync } from 'node:fs';
import type { Kind } from '../ns/kinds.ts';
import { parseLink } from '../ns/namespace.ts';
import type { Kernel } from '../sys/invoke.ts';
import { openOwner, openParent } from '../sys/nsfs.ts';
import { openNamespace } from './open-namespace.ts';
import { addReference, type ProcScan } from './scan-proc.ts';

/** The inodes of a namespace's owning user namespace and of its parent. Undefined: the kernel does not show it to us. */
export interface NamespaceHierarchy {
  readonly owner?: number;
  readonly parent?: number;
}

/**
 * Asks the kernel for the owner of each namespace, and for the parents of pid and user namespaces. ioctl_nsfs(2)
 * Each relation is a reference: a user namespace without a process lives as long as a namespace that it owns. Namespaces
 * that no process, mount or descriptor shows are found this way and added to the scan.
 */
export function readHierarchy(
  kernel: Kernel,
  { namespaces }: Pick<ProcScan, 'namespaces'>,
): ReadonlyMap<number, NamespaceHierarchy> {
  const hierarchy = new Map<number, NamespaceHierarchy>();
  for (const scanned of [...namespaces.values()]) {
    const fd = openNamespace(scanned);
    if (fd !== undefined) readRelations(fd, scanned.kind, scanned.inode);
  }
  return hierarchy;

  /** Closes `fd`. */
  function readRelations(fd: number, kind: Kind, inode: number): void {
    const owner = readRelation(() => openOwner(kernel, fd), 'owner', kind, inode);
    const parent =
      kind === 'pid' || kind === 'user'
        ? readRelation(() => openParent(kernel, fd), 'parent', kind, inode)
        : undefined;
    hierarchy.set(inode, {
      ...(owner !== undefined && { owner }),
      ...(parent !== undefined && { parent }),
    });
    closeSync(fd);
  }

  function readRelation(
    open: () => number,
    by: 'owner' | 'parent',
    of: Kind,
    inode: number,
  ): number | undefined {
    let fd: number;
    try {
      fd = open();
    } catch {
      return undefined;
    }
    const link = parseLink(readlinkSync(`/proc/self/fd/${fd}`));
    // The parent of a user namespace is also its owner: one reference, not two.
    const isDuplicate = of === 'user' && by === 'owner';
    const known = link && namespaces.has(link.inode);
    if (link && !isDuplicate) addReference(namespaces, link.kind, link.inode, { by, of, inode });
    if (!link || known || isDuplicate) closeSync(fd);
    else readRelations(fd, link.kind, link.inode);
    return link?.inode;
  }
}
