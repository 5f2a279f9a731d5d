import { lstatSync } from 'node:fs';
import { dirname, join } from 'node:path';
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

  /** Runs `body` with the directory there and locked; afterwards an empty one is removed. */
  async locked<T>(mode: 'shared' | 'exclusive', body: (fd: number) => T | Promise<T>): Promise<T> {
    const fd = await this.#lock(mode);
    try {
      return await body(fd);
    } finally {
      // Removing needs the exclusive lock: a creator that waits for it will see that its directory is gone, and retry.
      if (mode === 'exclusive' || tryLock(this.#kernel, fd, 'exclusive')) this.#files.removeEmpty(this.path);
      this.#files.close(fd);
      this.#files.removeEmpty(this.#root);
    }
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
    try {
      if (!this.#files.makeDirectory(this.#root)) refuseUnsafe(this.#root);
      this.#files.makeDirectory(this.path);
      return this.#files.open(this.path, 'directory');
    } catch (error) {
      if (errorCode(error) === 'ENOENT' && lstatSync(dirname(this.#root), { throwIfNoEntry: false }))
        return undefined;
      throw error;
    }
  }
}

/** Whoever can write where our records are could make root delete or signal what he likes. */
export function refuseUnsafe(root: string): void {
  const found = lstatSync(root, { throwIfNoEntry: false });
  if (!found) return;
  const complaint = found.isSymbolicLink()
    ? 'is a symbolic link'
    : !found.isDirectory()
      ? 'is not a directory'
      : found.uid !== process.geteuid?.()
        ? `belongs to user ${found.uid}`
        : (found.mode & 0o022) !== 0
          ? `can be written by others (mode ${(found.mode & 0o777).toString(8)})`
          : undefined;
  if (complaint) {
    throw new InputError(`state directory ${root} ${complaint}`, {
      hint: "name another with --state-dir, or remove it when it is not nslab's",
    });
  }
}
