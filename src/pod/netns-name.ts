import { existsSync, lstatSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { directoryEntries } from '../sys/directory-entries.ts';
import { errorCode, OperationError } from '../sys/errors.ts';
import type { Files } from '../sys/files.ts';
import { readProcLink } from '../sys/procfs.ts';
import type { Host } from './host.ts';
import { withNetworks } from './networks-lock.ts';
import { type PodRecord, podFiles } from './store.ts';

/** Where `ip netns` keeps its names. ip-netns(8) */
const DIRECTORY = '/run/netns';

/** An empty directory that says: /run/netns was made by nslab, and is to go with the last name of ours in it. */
const MADE = '.made-run-netns';

const NAMESPACE =
  "the pod's network namespace: a link and not a mount, which would keep it when the holder is gone";

const NAME =
  "a name for `ip netns`; what the link leads to, in the pod's record, is the mark that it is ours";

/** The names under which `ip netns` may know a pod: its own, or where another program has that one, a longer one. */
export function possibleNetnsPaths(instance: string, pod: string): readonly string[] {
  return [join(DIRECTORY, pod), join(DIRECTORY, `${pod}-${instance}`)];
}

/** The first of them that is free. */
export function freeNetnsPath(instance: string, pod: string): string {
  const paths = possibleNetnsPaths(instance, pod);
  const free = paths.find((path) => !lstatSync(path, { throwIfNoEntry: false }));
  if (free === undefined) throw isForeign(paths.join(' and '));
  return free;
}

function isForeign(paths: string): OperationError {
  return new OperationError(`another program has a network namespace of this name (${paths})`, {
    hint: 'choose another name for the pod',
  });
}

/**
 * Makes `ip netns` know the pod, by two symbolic links: `/run/netns/NAME` to the `netns` of its record, and that to the
 * holder's namespace. So `ip netns list`, `exec`, `identify` and `pids` work, and each link says whose it is.
 */
export async function giveNetnsName(host: Host, root: string, pod: PodRecord, holder: number): Promise<void> {
  const { files, intent } = pod;
  if (!intent.netnsLink) return;
  host.files.symlink(`/proc/${holder}/ns/net`, files.netns, NAMESPACE);
  if (tryNetnsName(host.files, root, files.netns, intent.netnsLink)) return;
  // The first name makes the directory, and the last one removes it: under the lock.
  await withNetworks(host, root, async () => {
    host.files.makeDirectory(join(root, MADE));
    host.files.makeDirectory(DIRECTORY, 0o755);
    if (!tryNetnsName(host.files, root, files.netns, intent.netnsLink ?? ''))
      throw new OperationError(`${DIRECTORY} is removed by another program as soon as it is made`);
  });
}

/** False when there is no such directory. Where there is one, it stays: it has our name in it. */
function tryNetnsName(files: Files, root: string, target: string, path: string): boolean {
  try {
    if (!files.symlink(resolve(target), path, NAME)) throw isForeign(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
  // Another instance made the directory, and may leave before us: then it is ours to remove.
  if (!existsSync(join(root, MADE)) && otherMaker(root)) files.makeDirectory(join(root, MADE));
  return true;
}

/** Removes a name of a pod of this state directory. A mount, or a link that leads elsewhere, is another program's. */
export function unnameNetns(files: Files, root: string, pod: string, path: string): void {
  if (readProcLink(path) === resolve(podFiles(root, pod).netns)) files.remove(path);
  forgetNetnsDirectory(files, root);
}

/** Removes /run/netns if nslab made it and it is empty. */
export function forgetNetnsDirectory(files: Files, root: string): void {
  if (!existsSync(join(root, MADE))) return;
  const isGone = files.removeEmpty(DIRECTORY) || !existsSync(DIRECTORY);
  const roots = rootsOfNames();
  const isHandedOn = !roots.includes(resolve(root)) && otherMaker(root);
  if (isGone || isHandedOn) files.removeEmpty(join(root, MADE));
}

/** Removes a name whose record is lost. An empty directory that is no mount was not made by `ip netns`, and goes too. */
export function removeUnrecordedName(files: Files, path: string): void {
  files.remove(path);
  files.removeEmpty(DIRECTORY);
}

/** Whether another instance, with a name in the directory, will remove it. */
function otherMaker(root: string): boolean {
  return rootsOfNames().some((other) => other !== resolve(root) && existsSync(join(other, MADE)));
}

/** The state directories of the pods that have a name there. */
function rootsOfNames(): string[] {
  return netnsNames().map(({ root }) => root);
}

/** The names that lead into a state directory of nslab; `except` these, which are not looked at. */
export function netnsNames(
  except: ReadonlySet<string> = new Set(),
): { readonly path: string; readonly root: string; readonly pod: string }[] {
  return directoryEntries(DIRECTORY).flatMap((name) => {
    if (except.has(name)) return [];
    const path = join(DIRECTORY, name);
    const [, root, pod] = /^(\/.*)\/pods\/([^/]+)\/netns$/.exec(readProcLink(path) ?? '') ?? [];
    return root === undefined || pod === undefined ? [] : [{ path, root, pod }];
  });
}
