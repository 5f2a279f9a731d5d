import { lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { directoryEntries } from './directory-entries.ts';

/** What nslab has written for a pod; in a dry run, what it would have written. */
export interface Written {
  /** A file's content; undefined where there is none. */
  read(path: string): Uint8Array | undefined;
  /** Everything below a directory, each before what is in it. */
  below(directory: string): readonly WrittenFile[];
}

export interface WrittenFile {
  readonly path: string;
  /** Without content and link: a directory. */
  readonly content?: Uint8Array;
  /** What a symbolic link contains. */
  readonly link?: string;
  readonly mode: number;
  readonly gid: number;
}

/** What stands on the disk: of a pod that is there. */
export const onDisk: Written = {
  read(path) {
    try {
      return readFileSync(path);
    } catch {
      return undefined;
    }
  },
  below: (directory) => directoryEntries(directory).flatMap((name) => fileOrTree(join(directory, name))),
};

function fileOrTree(path: string): WrittenFile[] {
  const what = lstatSync(path);
  const file = { path, mode: what.mode & 0o7777, gid: what.gid };
  if (what.isDirectory()) return [file, ...onDisk.below(path)];
  if (what.isSymbolicLink()) return [{ ...file, link: readlinkSync(path) }];
  return [{ ...file, content: readFileSync(path) }];
}
