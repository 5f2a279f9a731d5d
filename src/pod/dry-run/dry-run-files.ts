import { closeSync, openSync } from 'node:fs';
import { onDisk, type Written, type WrittenFile } from '../../sys/file-tree.ts';
import type { Files } from '../../sys/files.ts';
import type { Call } from '../../transcript/transcript.ts';

/** The files of a dry run: nothing is written to the disk, and what a verb would have written can be read back. */
export function openDryRunFiles(note: (event: Call) => void): Files & Written {
  const files = new Map<string, WrittenFile>();
  const write = (path: string, content: string | Uint8Array, mode = 0o600, gid = 0) =>
    void files.set(path, { path, content: Buffer.from(content), mode, gid });
  return {
    read: (path) => files.get(path)?.content ?? onDisk.read(path),
    below: (directory) => [...files.values()].filter(({ path }) => path.startsWith(`${directory}/`)),
    makeDirectory(path, mode = 0o700) {
      if (!files.has(path)) files.set(path, { path, mode, gid: 0 });
      return true;
    },
    create: write,
    publish: write,
    replace: write,
    overwrite: write,
    rename(from, to) {
      for (const [path, file] of [...files].filter(([path]) => `${path}/`.startsWith(`${from}/`))) {
        const moved = to + path.slice(from.length);
        files.delete(path);
        files.set(moved, { ...file, path: moved });
      }
    },
    claim: () => true,
    link: () => true,
    symlink(target, path, purpose) {
      const args = `"${target}", "${path}"`;
      note({ channel: 'syscall', call: 'symlink', args, purpose, equivalent: `ln -s ${target} ${path}` });
      files.set(path, { path, link: target, mode: 0o777, gid: 0 });
      return true;
    },
    setTime: () => {},
    remove: () => {},
    removeEmpty: () => true,
    removeTree: () => {},
    isStill: () => true,
    open: () => openSync('/dev/null', 'r+'),
    close: closeSync,
  };
}
