import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { NETNS_DIRECTORY } from '../ns/namespace.ts';
import { directoryEntries, eachEntry } from '../sys/directory-entries.ts';
import type { Files } from '../sys/files.ts';
import { type Mount, mounts } from '../sys/mounts.ts';
import { bootId, readMaybe, readProcLink } from '../sys/procfs.ts';
import { type Propagation, setPropagation, unmount } from '../sys/syscalls.ts';
import type { Host } from './host.ts';

/** An empty directory that says: /run/netns was made by nslab, and is to go with the last name of ours in it. */
const MADE = '.made-run-netns';

/** A directory with a file that says what /run/netns was before `ip netns attach` made it a shared mount, and in which boot. */
const MOUNTED = '.mounted-run-netns';
const BEFORE = 'before';

/** Makes /run/netns for the first name. */
export function makeNetnsDirectory(files: Files, root: string): void {
  files.makeDirectory(join(root, MADE));
  files.makeDirectory(NETNS_DIRECTORY, 0o755);
}

/**
 * Another instance made the directory, and may leave before us: then it is ours to remove. Later than our first name, which
 * `pod` has, nobody can have made it.
 */
export function shareNetnsDirectory(files: Files, root: string, pod: string): void {
  if (!existsSync(join(root, MADE)) && !hasNames(root, pod) && otherMaker(root))
    files.makeDirectory(join(root, MADE));
}

/** Puts on record what `ip netns attach` is about to change: it makes the directory, and of that a shared mount. */
export function noteNetnsMount(files: Files, root: string, pod: string): void {
  if (!existsSync(NETNS_DIRECTORY)) files.makeDirectory(join(root, MADE));
  else shareNetnsDirectory(files, root, pod);
  const before = netnsMount()?.propagation ?? 'none';
  // What an `ip netns attach` that failed half-way has left is no state to go back to.
  const isNoted = noteIn(root).boot === bootId();
  if (before === 'shared' || (before !== 'none' && isNoted)) return;
  files.makeDirectory(join(root, MOUNTED));
  files.replace(join(root, MOUNTED, BEFORE), `${bootId()} ${before}`);
}

/** Puts /run/netns back as it was, and removes it if nslab made it and it is empty. The mounts in `gone` do not count: a dry run has removed them, too. */
export function forgetNetnsDirectory(host: Host, root: string, gone: readonly string[] = []): void {
  restoreMount(host, root, gone);
  const { files } = host;
  if (!existsSync(join(root, MADE))) return;
  const isGone = files.removeEmpty(NETNS_DIRECTORY) || !existsSync(NETNS_DIRECTORY);
  const isHandedOn = !isGone && !hasNames(root) && otherMaker(root);
  if (isGone || isHandedOn) files.removeEmpty(join(root, MADE));
}

/** While any name in it is a mount, of any maker, it stays as it is, and so does the file that says what it was. */
function restoreMount(host: Host, root: string, gone: readonly string[]): void {
  const note = join(root, MOUNTED);
  if (!existsSync(note)) return;
  const { boot, before } = noteIn(root);
  const mount = netnsMount();
  if (boot === bootId() && before !== undefined && mount) {
    const isUsed = ({ point }: Mount) => point.startsWith(`${NETNS_DIRECTORY}/`) && !gone.includes(point);
    if (mounts().some(isUsed)) return;
    if (before === 'none' && isItself(mount) && !unmounted(host)) return;
    if (before !== 'none' && mount.propagation === 'shared')
      setPropagation(host.kernel, NETNS_DIRECTORY, before as Propagation, RESTORE);
  }
  host.files.removeTree(note);
}

function noteIn(root: string): { readonly boot?: string; readonly before?: string } {
  const [, boot, before] = /^(\S+) (\S+)$/.exec(readMaybe(join(root, MOUNTED, BEFORE)) ?? '') ?? [];
  return boot && before ? { boot, before } : {};
}

const RESTORE = '`ip netns attach` had made it a shared mount, and nothing is mounted in it any more';

/** As `ip netns` makes it: the directory mounted on itself. Anything else is not what stands on record. */
function isItself({ root }: Mount): boolean {
  const isOneFileSystem = statSync(NETNS_DIRECTORY).dev === statSync(dirname(NETNS_DIRECTORY)).dev;
  return isOneFileSystem && root.endsWith(`/${basename(NETNS_DIRECTORY)}`);
}

function unmounted({ kernel, warn }: Host): boolean {
  const isDone = unmount(kernel, NETNS_DIRECTORY, RESTORE);
  if (!isDone)
    warn(`${NETNS_DIRECTORY} stays a mount, because it is in use: \`nslab gc\` takes it back later`);
  return isDone;
}

function netnsMount(): Mount | undefined {
  return mounts().findLast(({ point }) => point === NETNS_DIRECTORY);
}

/** Whether a pod of this state directory, other than `except`, has a name there: its own name says so, and where not, the link. */
function hasNames(root: string, except?: string): boolean {
  const seen = new Set<string>();
  // The youngest come first in both: of a thousand a few are read.
  for (const name of alternately(join(root, 'pods'), NETNS_DIRECTORY)) {
    if (seen.has(name)) return true;
    if (name !== except) seen.add(name);
  }
  return netnsNames().some(({ root: other, pod }) => other === resolve(root) && pod !== except);
}

/** The names of two directories, one from each in turn. */
function* alternately(...paths: readonly string[]): Generator<string> {
  const each = paths.map(eachEntry);
  try {
    for (let left = each; left.length > 0; ) {
      const found = left.map((entries) => entries.next());
      yield* found.flatMap(({ done, value }) => (done ? [] : [value]));
      left = left.filter((_, index) => !found[index]?.done);
    }
  } finally {
    for (const entries of each) entries.return(undefined);
  }
}

/** Whether another instance, with a name in the directory, will remove it. */
function otherMaker(root: string): boolean {
  return netnsNames().some(({ root: other }) => other !== resolve(root) && existsSync(join(other, MADE)));
}

/** The names that lead into a state directory of nslab; `except` these, which are not looked at. */
export function netnsNames(
  except: ReadonlySet<string> = new Set(),
): { readonly path: string; readonly root: string; readonly pod: string }[] {
  return directoryEntries(NETNS_DIRECTORY).flatMap((name) => {
    const found = except.has(name) ? undefined : leadsTo(name);
    return found ? [found] : [];
  });
}

function leadsTo(
  name: string,
): { readonly path: string; readonly root: string; readonly pod: string } | undefined {
  const path = join(NETNS_DIRECTORY, name);
  const [, root, pod] = /^(\/.*)\/pods\/([^/]+)\/netns$/.exec(readProcLink(path) ?? '') ?? [];
  return root === undefined || pod === undefined ? undefined : { path, root, pod };
}

/** The names that are mounts of network namespaces, as `ip netns` makes them. */
export function netnsMounts(): string[] {
  const isName = ({ point, root }: Mount) => dirname(point) === NETNS_DIRECTORY && root.startsWith('net:[');
  return mounts()
    .filter(isName)
    .map(({ point }) => point);
}
