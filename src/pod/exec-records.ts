import { join } from 'node:path';
import { openersBelow, openFilesBelow } from '../observe/openers.ts';
import { RECORD_FD } from '../sys/descriptors.ts';
import { directoryEntries } from '../sys/directory-entries.ts';
import { errorCode, OperationError } from '../sys/errors.ts';
import type { Files } from '../sys/files.ts';
import { unique } from '../sys/unique.ts';
import { endShims } from './end-shims.ts';
import type { Host } from './host.ts';
import type { PodFiles } from './store.ts';

/** The record of a command that `exec` runs: a file that its shim has open. `down` finds it by that, without a lock. */
export interface ExecRecord {
  readonly path: string;
  readonly fd: number;
  /** An empty directory on which the shim builds a root for a command of a pod alone, and the list of busybox's applets in it. */
  readonly stage: string;
  readonly applets: string;
}

/** Made before the pod's status is read: either the status says that the pod ends, or its `down` finds this file. */
export function openExecRecord(files: Files, { execs }: PodFiles): ExecRecord {
  const path = join(execs, unique());
  const paths = { path, stage: `${path}.root`, applets: `${path}.applets` };
  for (let tries = 0; ; tries++) {
    files.makeDirectory(execs);
    try {
      return { ...paths, fd: files.open(path, 'lock') };
    } catch (error) {
      // The last command of the pod has just removed the directory.
      if (errorCode(error) !== 'ENOENT' || tries === 2) throw error;
    }
  }
}

/** The directory goes with the last of them. */
export function removeExecRecord(
  files: Files,
  { execs }: PodFiles,
  { path, stage, applets }: ExecRecord,
): void {
  files.removeEmpty(stage);
  files.remove(applets);
  files.remove(path);
  files.removeEmpty(execs);
}

/** Ends the commands that `exec` runs in a pod, with all that they have left behind, and waits until they are gone. */
export async function endExecs(host: Host, { name, execs }: PodFiles): Promise<void> {
  if (directoryEntries(execs).length === 0) return;
  const shims = () => openersBelow([execs], RECORD_FD);
  if (await endShims(host, shims, () => openFilesBelow(execs).size === 0)) return;
  throw new OperationError(`a command that \`nslab exec\` runs in pod "${name}" does not end`, {
    hint: `see who has its record open: fuser -v ${execs}/*`,
  });
}

/** Removes the records of commands whose nslab was killed. One that has not started its shim yet has its record open itself. */
export function sweepExecs({ files }: Pick<Host, 'files'>, { execs }: PodFiles): void {
  // What nslab was killed before removing may be the empty directory.
  if (files.removeEmpty(execs) || directoryEntries(execs).length === 0) return;
  const open = openFilesBelow(execs);
  const isDead = (name: string) => !open.has(join(execs, name.replace(/\..*/, '')));
  for (const name of directoryEntries(execs).filter(isDead)) {
    if (name.endsWith('.root')) files.removeEmpty(join(execs, name));
    else files.remove(join(execs, name));
  }
  files.removeEmpty(execs);
}
