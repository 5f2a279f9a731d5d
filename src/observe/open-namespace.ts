import { closeSync, fstatSync, openSync } from 'node:fs';
import { referencePath } from './reference.ts';
import type { ScannedNamespace } from './scan-proc.ts';

/** Opens a namespace by the first of its holds that still leads to it; undefined when none does. The caller closes it. */
export function openNamespace({ kind, inode, holds }: ScannedNamespace): number | undefined {
  for (const hold of holds) {
    const path = referencePath(hold, kind);
    if (path === undefined) continue;
    try {
      const fd = openSync(path, 'r');
      // Since /proc was read the pid may have become another's, and something may be mounted over the mount.
      if (fstatSync(fd).ino === inode) return fd;
      closeSync(fd);
    } catch {
      // Gone, or not ours to open: perhaps the next one.
    }
  }
  return undefined;
}
