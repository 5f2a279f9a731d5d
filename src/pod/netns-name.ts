import { lstatSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { NETNS_DIRECTORY } from '../ns/namespace.ts';
import { errorCode, OperationError } from '../sys/errors.ts';
import type { Files } from '../sys/files.ts';
import { readProcLink } from '../sys/procfs.ts';
import { attachNetns, detachNetns } from './attached-netns.ts';
import type { Host } from './host.ts';
import {
  forgetNetnsDirectory,
  makeNetnsDirectory,
  noteNetnsMount,
  shareNetnsDirectory,
} from './netns-directory.ts';
import { withNetworks } from './networks-lock.ts';
import { type PodRecord, podFiles } from './store.ts';

const NAMESPACE =
  "the pod's network namespace: a link and not a mount, which would keep it when the holder is gone";

const NAME =
  "a name for `ip netns`; what the link leads to, in the pod's record, is the mark that it is ours";

/** The names under which `ip netns` may know a pod: its own, or where another program has that one, a longer one. */
export function possibleNetnsPaths(instance: string, pod: string): readonly string[] {
  return [join(NETNS_DIRECTORY, pod), join(NETNS_DIRECTORY, `${pod}-${instance}`)];
}

/** The first of them that is free. */
export function freeNetnsPath(instance: string, pod: string): string {
  const paths = possibleNetnsPaths(instance, pod);
  const free = paths.find((path) => !lstatSync(path, { throwIfNoEntry: false }));
  if (free === undefined) throw isForeign(paths.join(' and '));
  return free;
}

/** Another program has taken the name since it was found free: there is another one. */
export class Overtaken extends OperationError {
  constructor(path: string) {
    super(isForeign(path).message);
  }
}

function isForeign(paths: string): OperationError {
  return new OperationError(`another program has a network namespace of this name (${paths})`, {
    hint: 'choose another name for the pod',
  });
}

/**
 * Makes `ip netns` know the pod. As a rule by two symbolic links: `/run/netns/NAME` to the `netns` of its record, and that to
 * the holder's namespace. So `ip netns list`, `exec`, `identify` and `pids` work, and each link says whose it is. Of a pinned
 * pod by a mount, and what that names is on record.
 */
export async function giveNetnsName(host: Host, root: string, pod: PodRecord, holder: number): Promise<void> {
  const { files, intent } = pod;
  const path = intent.netnsLink;
  if (path === undefined) return;
  if (intent.pinned)
    return withNetworks(host, root, async () => {
      noteNetnsMount(host.files, root, files.name);
      if (!(await attachNetns(host, files, path, holder))) throw new Overtaken(path);
    });
  host.files.symlink(`/proc/${holder}/ns/net`, files.netns, NAMESPACE);
  if (tryNetnsName(host.files, root, pod, path)) return;
  // The first name makes the directory, and the last one removes it: under the lock.
  await withNetworks(host, root, async () => {
    makeNetnsDirectory(host.files, root);
    if (!tryNetnsName(host.files, root, pod, path))
      throw new OperationError(`${NETNS_DIRECTORY} is removed by another program as soon as it is made`);
  });
}

/** False when there is no such directory. Where there is one, it stays: it has our name in it. */
function tryNetnsName(files: Files, root: string, pod: PodRecord, path: string): boolean {
  try {
    if (!files.symlink(resolve(pod.files.netns), path, NAME)) throw new Overtaken(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
  shareNetnsDirectory(files, root, pod.files.name);
  return true;
}

/** Removes names of pods of this state directory. What else is there, or leads elsewhere, is another program's. */
export async function unnameNetns(
  host: Host,
  root: string,
  named: readonly { readonly name: string; readonly netnsLink?: string }[],
): Promise<void> {
  const unmounted: string[] = [];
  for (const { name, netnsLink: path } of named) {
    if (path === undefined) continue;
    const files = podFiles(root, name);
    if (readProcLink(path) === resolve(files.netns)) host.files.remove(path);
    else if (await detachNetns(host, files, path)) unmounted.push(path);
  }
  forgetNetnsDirectory(host, root, unmounted);
}

/** Removes a name whose record is lost. An empty directory that is no mount was not made by `ip netns`, and goes too. */
export function removeUnrecordedName(files: Files, path: string): void {
  files.remove(path);
  files.removeEmpty(NETNS_DIRECTORY);
}
