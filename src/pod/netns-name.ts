import { existsSync, lstatSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode, OperationError } from '../sys/errors.ts';
import type { Files } from '../sys/files.ts';
import { readProcLink } from '../sys/procfs.ts';
import type { Host } from './host.ts';
import { withNetworks } from './networks-lock.ts';

/** Where `ip netns` keeps its names. ip-netns(8) */
const DIRECTORY = '/run/netns';

/** An empty directory that says: /run/netns was made by us, and is to go with our last name in it. */
const MADE = '.made-run-netns';

/** The name under which `ip netns` will know a pod. A foreign one there is not ours to replace. */
export function netnsPath(pod: string): string {
  return join(DIRECTORY, pod);
}

export function refuseForeignName(pod: string): void {
  const path = netnsPath(pod);
  if (lstatSync(path, { throwIfNoEntry: false })) {
    throw new OperationError(`a network namespace called "${pod}" exists already (${path})`, {
      hint: `it is not nslab's: choose another name, or remove it: ip netns delete ${pod}`,
    });
  }
}

/**
 * Names the pod's network namespace: a symbolic link to the holder's, so that `ip netns list`, `exec`, `identify` and
 * `pids` work. Not a bind mount, as `ip netns add` makes: that would outlive the holder, and hide why there is one.
 */
function nameNetns(files: Files, root: string, pod: string, holder: number): void {
  if (!existsSync(DIRECTORY)) {
    files.makeDirectory(join(root, MADE));
    files.makeDirectory(DIRECTORY, 0o755);
  }
  if (!files.symlink(`/proc/${holder}/ns/net`, netnsPath(pod))) refuseForeignName(pod);
}

/**
 * The same where there is such a directory already, which then stays: it has our name in it. False when there is none, so
 * that nothing was done.
 */
function tryNameNetns(files: Files, pod: string, holder: number): boolean {
  if (!existsSync(DIRECTORY)) return false;
  try {
    if (!files.symlink(`/proc/${holder}/ns/net`, netnsPath(pod))) refuseForeignName(pod);
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Makes `ip netns` know the pod. The first name makes the directory, and the last one removes it: under the lock. */
export async function giveNetnsName(host: Host, root: string, pod: string, holder: number): Promise<void> {
  if (tryNameNetns(host.files, pod, holder)) return;
  await withNetworks(host, root, async () => nameNetns(host.files, root, pod, holder));
}

/** Removes a name of ours: a link, never somebody's mount point. What is not there, or no link, is not ours. */
export function unnameNetns(files: Files, root: string, path: string): void {
  if (/^\/proc\/\d+\/ns\/net$/.test(readProcLink(path) ?? '')) files.remove(path);
  forgetNetnsDirectory(files, root);
}

/** Removes /run/netns if we made it and nobody uses it any more. */
export function forgetNetnsDirectory(files: Files, root: string): void {
  if (!existsSync(join(root, MADE))) return;
  if (files.removeEmpty(DIRECTORY) || !existsSync(DIRECTORY)) files.removeEmpty(join(root, MADE));
}
