import { existsSync, lstatSync, type Stats, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errorCode } from './errors.ts';
import type { Files } from './files.ts';
import type { Kernel } from './invoke.ts';
import { lock, tryLock } from './lock.ts';
import { refuseUnsafe } from './state-dir.ts';

/**
 * A directory of the state (`pods`, `networks`) that appears with its first entry and goes away with its last.
 *
 * A verb that adds or removes an entry locks the directory shared, gc locks it exclusively. So every half-made entry that
 * gc sees was left by a process that is dead.
 */
export class LockedDirectory {
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
      // In every case: the rollback takes the lock again.
      this.#files.close(fd);
    }
    this.#files.removeEmpty(this.#root);
  }

  /** A directory that was found safe stays safe: only root and we can change it. */
  #refuseUnsafeOnce({ dev, ino }: Stats): void {
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
      const root = statSync(this.#root, { throwIfNoEntry: false });
      made = !root && this.#files.makeDirectory(this.#root);
      if (!made) this.#refuseUnsafeOnce(root ?? statSync(this.#root));
      if (!existsSync(this.path)) this.#files.makeDirectory(this.path);
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
