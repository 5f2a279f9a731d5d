import {
  deviceOf,
  isFile,
  isNamed,
  type KnownProcess,
  type OpenFile,
  openerOf,
  openFile,
} from '../sys/known-process.ts';
import { numericEntries, processIds, readProcLink, readStat } from '../sys/procfs.ts';

/** A process, and the file that it has open. */
export interface Opener extends KnownProcess, OpenFile {}

/**
 * The processes that have a file open as this descriptor. A holder has its `alive` lock open as 4, a shim its status
 * record: both are found even when their record is lost or the file itself was removed.
 */
export function openersOf(path: string, descriptor: number): Opener[] {
  const [mayBe, is] = [isNamed(path), isFile(path)];
  const openers = processIds().flatMap((pid) => {
    const file = openFile(pid, descriptor, mayBe, is);
    return file ? [{ ...file, ...openerOf(path, descriptor, pid) }] : [];
  });
  return withoutChildren(openers);
}

/** The processes that have any file below these directories open, in one pass. The directories may be removed already. */
export function openersBelow(directories: readonly string[], descriptor: number): Opener[] {
  const [first] = directories;
  if (first === undefined) return [];
  const isBelow = ({ path }: OpenFile) => directories.some((directory) => path.startsWith(`${directory}/`));
  // Another mount namespace may have a file of the same path: the file systems are compared, too.
  const device = deviceOf(first);
  const openers = processIds().flatMap((pid) => {
    const file = openFile(pid, descriptor, isBelow, (_, { dev }) => dev === device);
    return file ? [{ ...file, ...openerOf(file.path, descriptor, pid) }] : [];
  });
  return withoutChildren(openers);
}

/**
 * A child that a shim has just forked still has its record open. It is to become the workload: a signal that asks the shim to end it
 * would end it by itself, and with another status.
 */
function withoutChildren(openers: readonly Opener[]): Opener[] {
  const pids = new Map(openers.map(({ pid, path }) => [pid, path]));
  return openers.filter(({ pid, path }) => {
    const parent = readStat(pid)?.parent;
    return parent === undefined || pids.get(parent) !== path;
  });
}

/** The files below a directory that any process has open, as whichever descriptor. */
export function openFilesBelow(directory: string): ReadonlySet<string> {
  const found = processIds().flatMap((pid) =>
    numericEntries(`/proc/${pid}/fd`).flatMap((fd) => readProcLink(`/proc/${pid}/fd/${fd}`) ?? []),
  );
  return new Set(found.filter((path) => path.startsWith(`${directory}/`)));
}
