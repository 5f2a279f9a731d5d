import { closeSync, fstatSync, openSync } from 'node:fs';
import { referencePath } from './reference.ts';
import type { ScannedNamespace } from './scan-proc.ts';

/** Opens a namespace by the first reference that still leads to it. Undefined when none does. The caller closes it. */
export function openNamespace({ kind, inode, references }: ScannedNamespace): number | undefined {
  for (const reference of references) {
    const path = referencePath(reference, kind);
    if (path === undefined) continue;
    try {
      const fd = openSync(path, 'r');
      // Since the scan the pid may have been reused, and the mount may be covered by another one.
      if (fstatSync(fd).ino === inode) return fd;
      closeSync(fd);
    } catch {
      // Gone or not permitted: try the next reference.
    }
  }
  return undefined;
}
