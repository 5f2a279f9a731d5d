import { closeSync, constants, lstatSync, openSync, type Stats, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { parseStat, readMaybe, readProcLink, readStat } from './procfs.ts';

/** A process that is recognized by what it has, because its number may by now be another process's. */
export interface KnownProcess {
  readonly pid: number;
  /** Whether the process that has the number now is this one, and runs. */
  isRunning(): boolean;
}

/** A process that has a file open under a number. One that exits closes it: a zombie has nothing open. */
export function openerOf(path: string, descriptor: number, pid: number): KnownProcess {
  return { pid, isRunning: () => openFile(pid, descriptor, isNamed(path), isFile(path)) !== undefined };
}

/** A child of a known process. */
export function childOf(parent: KnownProcess, pid: number): KnownProcess {
  return { pid, isRunning: () => runs(pid) && readStat(pid)?.parent === parent.pid && parent.isRunning() };
}

/** Whether a process has the number, and is no zombie: enough for a child that this process has not reaped. */
export function runs(pid: number): boolean {
  return !hasEnded(`/proc/${pid}/stat`);
}

/** An open file of a process. */
export interface OpenFile {
  readonly path: string;
  /** The file was unlinked. */
  readonly removed: boolean;
}

/**
 * What a process has open as `descriptor`, if it is the wanted file. By its path first: stat(2) of another program's file may
 * hang, as on a file system whose server is gone.
 */
export function openFile(
  pid: number,
  descriptor: number,
  mayBe: (file: OpenFile) => boolean,
  is: (file: OpenFile, stat: Stats) => boolean,
): OpenFile | undefined {
  const link = `/proc/${pid}/fd/${descriptor}`;
  const [, path, removed] = /^(\/.*?)( \(deleted\))?$/s.exec(readProcLink(link) ?? '') ?? [];
  if (path === undefined) return undefined;
  const file = { path, removed: removed !== undefined };
  const stat = mayBe(file) ? maybe(() => statSync(link)) : undefined;
  return stat && is(file, stat) ? file : undefined;
}

/** In another mount namespace, a file's path may begin with other directories. */
export function isNamed(path: string): (file: OpenFile) => boolean {
  const name = basename(path);
  return (file) => basename(file.path) === name;
}

/** By device and inode. A file that was removed has only its path. */
export function isFile(path: string): (file: OpenFile, stat: Stats) => boolean {
  const named = maybe(() => lstatSync(path));
  const device = named?.dev ?? deviceOf(path);
  return (file, { dev, ino }) =>
    dev === device && (ino === named?.ino || (file.removed && file.path === path));
}

/** The device of a file's file system. Falls back to the parent directory when the file was removed. */
export function deviceOf(path: string): number | undefined {
  const found = maybe(() => lstatSync(path));
  return found || path === '/' ? found?.dev : deviceOf(dirname(path));
}

/**
 * Runs `body` with a question: whether all of these processes have ended. Each is pinned by its open directory of /proc, which
 * never shows the next process of the same number. Needed because a process that exits closes its files first, and its
 * children get another parent, before it leaves its namespaces.
 */
export async function watchEnd<T>(
  processes: readonly KnownProcess[],
  body: (haveEnded: () => boolean) => Promise<T>,
): Promise<T> {
  const pins = processes.flatMap((process) => pin(process) ?? []);
  try {
    return await body(() => pins.every((fd) => hasEnded(pinned(fd))));
  } finally {
    for (const fd of pins) closeSync(fd);
  }
}

/** Undefined when it has ended. One that exits just now cannot be recognized any more: it is waited for, whatever it was. */
function pin(process: KnownProcess): number | undefined {
  let fd: number;
  try {
    fd = openSync(`/proc/${process.pid}`, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch {
    return undefined;
  }
  if (process.isRunning() || parseStat(readMaybe(pinned(fd)))?.exiting) return fd;
  closeSync(fd);
  return undefined;
}

const pinned = (fd: number) => `/proc/self/fd/${fd}/stat`;

/** A zombie has ended: its namespaces are gone already. */
function hasEnded(statFile: string): boolean {
  const state = parseStat(readMaybe(statFile))?.state ?? 'X';
  return state === 'Z' || state === 'X';
}

/** Undefined where there is no such file, or a directory on the way to it is none any more. */
function maybe(look: () => Stats): Stats | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
