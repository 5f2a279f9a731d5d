import { lstatSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { errorCode, InputError } from './errors.ts';
import type { Files } from './files.ts';
import type { Kernel } from './invoke.ts';
import { lock, tryLock } from './lock.ts';

/**
 * A directory of the state (`pods`, `networks`) that appears with its first entry and goes away with its last.
 *
 * Who makes or removes an entry holds the directory shared; who tidies holds it exclusively. So whatever half-made
 * entry a tidier sees was left by somebody who is dead.
 */
export class Shelf {
  readonly path: string;
  readonly #root: string;
  readonly #kernel: Kernel;
  readonly #files: Files;

  constructor(root: string, name: string, kernel: Kernel, files: Files) {
    this.#root = root;
    this.path = join(root, name);
    this.#kernel = kernel;
    this.#files = files;
  }

  /**
   * Runs `body` with the directory there and locked; afterwards an empty one is removed. Where it `adds` an entry there
   * is none to be removed, unless it fails.
   */
  async locked<T>(
    mode: 'shared' | 'exclusive',
    body: (fd: number) => T | Promise<T>,
    { adds = false }: { readonly adds?: boolean } = {},
  ): Promise<T> {
    const fd = await this.#lock(mode);
    let added = false;
    try {
      const result = await body(fd);
      added = adds;
      return result;
    } finally {
      if (added) this.#files.close(fd);
      else this.#tidy(fd, mode);
    }
  }

  #tidy(fd: number, mode: 'shared' | 'exclusive'): void {
    // Removing needs the exclusive lock: a creator that waits for it will see that its directory is gone, and retry.
    try {
      if (mode === 'exclusive' || tryLock(this.#kernel, fd, 'exclusive')) this.#files.removeEmpty(this.path);
    } finally {
      // Whatever came of that: who undoes what was done needs the lock again.
      this.#files.close(fd);
    }
    this.#files.removeEmpty(this.#root);
  }

  /** The directory that was looked at before is ours, and nobody else can get into it to change that. */
  #refuseUnsafeOnce(): void {
    const { dev, ino } = statSync(this.#root);
    const identity = `${dev}:${ino} ${this.#root}`;
    if (trusted.has(identity)) return;
    refuseUnsafe(this.#root);
    trusted.add(identity);
  }

  async #lock(mode: 'shared' | 'exclusive'): Promise<number> {
    for (;;) {
      const fd = this.#open();
      if (fd === undefined) continue;
      await lock(this.#kernel, fd, mode, this.path);
      if (this.#files.isStill(fd, this.path)) return fd;
      this.#files.close(fd);
    }
  }

  /** Undefined when another nslab removed it in between. */
  #open(): number | undefined {
    let made = false;
    try {
      made = !lstatSync(this.#root, { throwIfNoEntry: false }) && this.#files.makeDirectory(this.#root);
      if (!made) this.#refuseUnsafeOnce();
      if (!lstatSync(this.path, { throwIfNoEntry: false })) this.#files.makeDirectory(this.path);
      return this.#files.open(this.path, 'directory');
    } catch (error) {
      if (errorCode(error) === 'ENOENT' && lstatSync(dirname(this.#root), { throwIfNoEntry: false }))
        return undefined;
      if (made) this.#files.removeEmpty(this.#root);
      throw error;
    }
  }
}

/** State directories that were found safe, by device, inode and path. */
const trusted = new Set<string>();

/** Whoever can write where our records are, or exchange the directory, could make root delete or signal what he likes. */
export function refuseUnsafe(root: string): void {
  const exposed = exposure(dirname(root));
  if (exposed) throw refusal(`${root} is not safe there: ${exposed}`);
  for (const path of [root, ...entriesOf(root)]) {
    const complaint = complaintOf(path);
    if (complaint) throw refusal(`${path} ${complaint}`);
  }
}

/** What is right below: directories that we make, 0700. So nobody else has ever been further down. */
function entriesOf(root: string): string[] {
  try {
    return lstatSync(root).isDirectory() ? readdirSync(root).map((name) => join(root, name)) : [];
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

function complaintOf(path: string): string | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return undefined;
  if (found.isSymbolicLink()) return 'is a symbolic link';
  if (!found.isDirectory()) return 'is not a directory';
  if (found.uid !== process.geteuid?.()) return `belongs to user ${found.uid}`;
  const open = (found.mode & 0o022) !== 0;
  return open ? `can be written by others (mode ${(found.mode & 0o777).toString(8)})` : undefined;
}

function refusal(what: string): InputError {
  return new InputError(`state directory ${what}`, {
    hint: "name another with --state-dir, or remove it when it is not nslab's",
  });
}

/** include/uapi/linux/stat.h: S_ISVTX. In such a directory (/tmp) only the owner of an entry can rename it. */
const STICKY = 0o1000;

/**
 * What lets others than root and us put something else in the place of a directory: it, or one above it, or one that
 * a link on the way leads through. Undefined: nothing does. As sshd looks at the way to a key.
 */
function exposure(directory: string, links = 0): string | undefined {
  const above = dirname(directory);
  const higher = above === directory ? undefined : exposure(above, links);
  const found = lstatSync(directory, { throwIfNoEntry: false });
  if (higher !== undefined || !found) return higher;
  if (found.uid !== 0 && found.uid !== process.geteuid?.())
    return `${directory} belongs to user ${found.uid}`;
  if (found.isSymbolicLink())
    return links < 40
      ? exposure(resolve(above, readlinkSync(directory)), links + 1)
      : `${directory} is a loop`;
  const open = (found.mode & 0o022) !== 0 && (found.mode & STICKY) === 0;
  return open
    ? `${directory} can be written by others (mode ${(found.mode & 0o7777).toString(8)})`
    : undefined;
}
