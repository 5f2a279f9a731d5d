import { lstatSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { identify, type ProcessIdentity, processIds, readProcLink } from '../sys/procfs.ts';

/** A process, and what it has open. */
export interface Opener extends ProcessIdentity {
  readonly path: string;
  /** The file has no name any more. */
  readonly removed: boolean;
}

/**
 * The processes that have a file open under this descriptor. A holder has its `alive` lock as 4, a shim its status
 * record: so they are found even when what was written about them is lost, or the file itself was removed.
 */
export function openersOf(path: string, descriptor: number): Opener[] {
  return openers(path, descriptor, (open) => open === path);
}

/** Those that have any file below these directories open; they may be gone themselves. One look at all processes. */
export function openersBelow(directories: readonly string[], descriptor: number): Opener[] {
  const [first] = directories;
  if (first === undefined) return [];
  return openers(first, descriptor, (open) =>
    directories.some((directory) => open.startsWith(`${directory}/`)),
  );
}

function openers(path: string, descriptor: number, isMeant: (open: string) => boolean): Opener[] {
  const device = deviceOf(path);
  return processIds().flatMap((pid) => {
    const link = `/proc/${pid}/fd/${descriptor}`;
    const [, open, removed] = /^(\/.*?)( \(deleted\))?$/.exec(readProcLink(link) ?? '') ?? [];
    if (open === undefined || !isMeant(open)) return [];
    // Another mount namespace may have a file of the same name, and a pod of the same name whose it is.
    if (statSync(link, { throwIfNoEntry: false })?.dev !== device) return [];
    const process = identify(pid);
    return process ? [{ ...process, path: open, removed: removed !== undefined }] : [];
  });
}

/** Of the file system that a file is on, or was on: its directory may have been removed with it. */
function deviceOf(path: string): number | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found || path === '/' ? found?.dev : deviceOf(dirname(path));
}
