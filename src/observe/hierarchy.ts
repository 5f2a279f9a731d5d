import { closeSync, readlinkSync } from 'node:fs';
import type { Kind } from '../ns/kinds.ts';
import { parseLink } from '../ns/namespace.ts';
import type { Kernel } from '../sys/invoke.ts';
import { openOwner, openParent } from '../sys/nsfs.ts';
import { openNamespace } from './open-namespace.ts';
import { note, type ProcScan } from './scan-proc.ts';

/** To whom a namespace belongs, and below which one it is. Undefined: out of our sight. */
export interface NamespaceHierarchy {
  readonly owner?: number;
  readonly parent?: number;
}

/**
 * Asks the kernel for the owner of each namespace, and for the parents of pid and user namespaces. Each such relation
 * is a hold: a user namespace without a process lives as long as one that it owns. Those that no process, mount or
 * descriptor shows are found so, and added to the survey.
 */
export function readHierarchy(
  kernel: Kernel,
  { namespaces }: Pick<ProcScan, 'namespaces'>,
): ReadonlyMap<number, NamespaceHierarchy> {
  const kin = new Map<number, NamespaceHierarchy>();
  for (const seen of [...namespaces.values()]) {
    const fd = openNamespace(seen);
    if (fd !== undefined) ask(fd, seen.kind, seen.inode);
  }
  return kin;

  /** Closes the descriptor that it is given. */
  function ask(fd: number, kind: Kind, inode: number): void {
    const owner = relative(() => openOwner(kernel, fd), 'owner', kind, inode);
    const parent =
      kind === 'pid' || kind === 'user'
        ? relative(() => openParent(kernel, fd), 'parent', kind, inode)
        : undefined;
    kin.set(inode, { ...(owner !== undefined && { owner }), ...(parent !== undefined && { parent }) });
    closeSync(fd);
  }

  function relative(open: () => number, by: 'owner' | 'parent', of: Kind, inode: number): number | undefined {
    let fd: number;
    try {
      fd = open();
    } catch {
      return undefined;
    }
    const link = parseLink(readlinkSync(`/proc/self/fd/${fd}`));
    // The parent of a user namespace is its owner as well: one hold, not two.
    const twice = of === 'user' && by === 'owner';
    const known = link && namespaces.has(link.inode);
    if (link && !twice) note(namespaces, link.kind, link.inode, { by, of, inode });
    if (!link || known || twice) closeSync(fd);
    else ask(fd, link.kind, link.inode);
    return link?.inode;
  }
}
