import { closeSync, fstatSync, lstatSync, openSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { namespaceAt } from '../ns/namespace.ts';
import { bootId } from '../sys/procfs.ts';
import { readRecord, type Shape, UnusableFile } from '../sys/record-file.ts';
import type { Host } from './host.ts';
import { netnsMounts } from './netns-directory.ts';
import type { PodFiles } from './store.ts';

/**
 * `attached.json`: a name below /run/netns that is a mount, and the namespace that it names. Written before the name is
 * made. The inode of a namespace that is gone is used again at once, its cookie is not.
 */
interface Attached extends Identity {
  readonly path: string;
  readonly bootId: string;
}

interface Identity {
  readonly inode: number;
  readonly cookie: string;
}

const SHAPE: Shape = { path: 'string', bootId: 'string', inode: 'inode', cookie: 'string' };

/** Names the network namespace of a process by a mount. False when another program has taken the name. */
export async function attachNetns(host: Host, pod: PodFiles, path: string, pid: number): Promise<boolean> {
  const { files, ipNetns } = host;
  const attached: Attached = { path, bootId: bootId(), ...identityOf(host, `/proc/${pid}/ns/net`) };
  files.replace(pod.attached, JSON.stringify(attached));
  if (await ipNetns.attach(basename(path), pid)) return true;
  files.remove(pod.attached);
  return false;
}

/** Removes a name that is on record, if it still names the namespace that is on record with it. False where it does not. */
export async function detachNetns(host: Host, pod: PodFiles, path: string): Promise<boolean> {
  const attached = readAttached(pod);
  if (attached?.path !== path || attached.bootId !== bootId()) return false;
  const isOurs = names(host, attached);
  if (isOurs) await host.ipNetns.delete(basename(path));
  else if (isUnfinished(path)) host.files.remove(path);
  return isOurs;
}

/** The names that are mounts, with what their namespaces bear as a mark. To look into one takes root. */
export function attachedNames({
  lookInside,
}: Host): { readonly path: string; readonly alias?: string | undefined }[] {
  if (process.geteuid?.() !== 0) return [];
  return netnsMounts().flatMap((path) => {
    try {
      return [{ path, alias: withNetns(path, lookInside).alias }];
    } catch (error) {
      // Its owner is removing it just now.
      if (!netnsMounts().includes(path)) return [];
      throw error;
    }
  });
}

/** A damaged record names nothing that could be removed. */
function readAttached({ attached }: PodFiles): Attached | undefined {
  try {
    return readRecord<Attached>(attached, SHAPE);
  } catch (error) {
    if (error instanceof UnusableFile) return undefined;
    throw error;
  }
}

function names(host: Host, { path, inode, cookie }: Attached): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.ino !== inode || found.dev !== namespaceAt('/proc/self/ns/net')?.dev) return false;
  return identityOf(host, path).cookie === cookie;
}

/** What `ip netns` leaves when it is killed half-way: its empty file without any permission, and nothing mounted on it. */
function isUnfinished(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found?.isFile() || found.dev !== statSync(dirname(path)).dev) return false;
  return found.size === 0 && found.uid === 0 && (found.mode & 0o777) === 0;
}

function identityOf({ netnsCookie }: Host, path: string): Identity {
  return withNetns(path, (fd) => {
    const { ino: inode } = fstatSync(fd);
    return { inode, cookie: netnsCookie(fd) ?? `inode ${inode}` };
  });
}

function withNetns<T>(path: string, body: (fd: number) => T): T {
  const fd = openSync(path, 'r');
  try {
    return body(fd);
  } finally {
    closeSync(fd);
  }
}
