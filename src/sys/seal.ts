import { lstatSync } from 'node:fs';
import type { Files } from './files.ts';

/**
 * Gives a directory of the state a time that the kernel's clock never has: a whole second, another one after each change. So
 * one look tells whether another program has changed it since, and nothing in it needs to be read for that.
 */
export function seal(files: Files, directory: string): void {
  files.setTime(directory, Math.floor(Math.random() * 2 ** 31));
}

/** Whether all changes to it were ours. Where the file system keeps whole seconds alone, it always seems so; not where it is gone. */
export function isSealed(directory: string): boolean {
  const found = lstatSync(directory, { bigint: true, throwIfNoEntry: false });
  return found !== undefined && found.mtimeNs % 1_000_000_000n === 0n;
}
