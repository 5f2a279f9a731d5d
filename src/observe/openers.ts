import { lstatSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { identify, type ProcessIdentity, processIds, readProcLink } from '../sys/procfs.ts';

/** A process, and the file that it has open. */
export interface Opener extends ProcessIdentity {
  readonly path: string;
  /** The file was unlinked. */
  readonly removed: boolean;
}

/**
 * The processes that have a file open as this descriptor. A holder has its `alive` lock open as 4, a shim its status
 * record: both are found even when their record is lost or the file itself was removed.
 */
export function openersOf(path: string, descriptor: number): Opener[] {
  return openers(path, descriptor, (open) => open === path);
}

/** The processes that have any file below these directories open, in one pass. The directories may be removed already. */
export function openersBelow(directories: readonly string[], descriptor: number): Opener[] {
  const [first] = directories;
  if (first === undefined) return [];
  return openers(first, descriptor, (open) =>
    directories.some((directory) => open.startsWith(`${directory}/`)),
  );
}

function openers(path: string, descriptor: number, matches: (open: string) => boolean): Opener[] {
  const device = deviceOf(path);
  return processIds().flatMap((pid) => {
    const link = `/proc/${pid}/fd/${descriptor}`;
    const [, open, removed] = /^(\/.*?)( \(deleted\))?$/.exec(readProcLink(link) ?? '') ?? [];
    if (open === undefined || !matches(open)) return [];
    // Another mount namespace may have a file of the same path: compare the file system, too.
    if (statSync(link, { throwIfNoEntry: false })?.dev !== device) return [];
    const process = identify(pid);
    return process ? [{ ...process, path: open, removed: removed !== undefined }] : [];
  });
}

/** The device of a file's file system. Falls back to the parent directory when the file was removed. */
function deviceOf(path: string): number | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found || path === '/' ? found?.dev : deviceOf(dirname(path));
}
