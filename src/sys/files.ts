import * as fs from 'node:fs';
import type { Transcript } from '../transcript/transcript.ts';
import { errorCode, FileError, OperationError } from './errors.ts';

/**
 * What nslab changes in the file system: its own state below one directory, and a link in /run/netns. Reading needs
 * no channel. A dry run has one that changes nothing.
 */
export interface Files {
  /** mkdir(2), 0700 unless said otherwise. False when it is there already. */
  makeDirectory(path: string, mode?: number): boolean;
  /** A new file, 0600; an error when it is there already, or a symbolic link is. */
  create(path: string, text: string): void;
  /** A new file that others may read, as a workload's user must. */
  publish(path: string, content: string | Uint8Array, mode: number, gid: number): void;
  /** Written beside and renamed into place, 0600 unless said otherwise: a reader sees the old text or the new one. No fsync: /run is memory. */
  replace(path: string, text: string, mode?: number): void;
  /** Written into the file that is there, which others have open or mounted. */
  overwrite(path: string, text: string): void;
  rename(from: string, to: string, purpose: string): void;
  /** link(2): the only way to claim a name with its content in one step. False when the name is taken. */
  claim(path: string, text: string): boolean;
  /** link(2): another name of the same file. False when the name is taken, or the file is gone. */
  link(path: string, name: string): boolean;
  /** symlink(2). False when the name is taken. Equivalent to: `ln -s TARGET PATH`. */
  symlink(target: string, path: string, purpose: string): boolean;
  /** utimensat(2): when it was changed, in whole seconds since 1970. */
  setTime(path: string, seconds: number): void;
  /** unlink(2); already gone is fine. */
  remove(path: string): void;
  /** rmdir(2) if it is empty and there. False when it is not empty, or busy, or no directory. */
  removeEmpty(path: string): boolean;
  /** `rm -r`; already gone is fine. */
  removeTree(path: string): void;
  /** Whether an open descriptor still is what the path names: a lock on something removed protects nothing. */
  isStill(fd: number, path: string): boolean;
  /** An open descriptor, close-on-exec, never through a symbolic link: `directory`, `lock` and `append` (made when missing), `record`, `entrance` (of a control group), `fifo` and `fifo reader` (never wait for their other end). */
  open(path: string, how: keyof typeof HOW): number;
  close(fd: number): void;
}

const { O_RDONLY, O_RDWR, O_CREAT, O_EXCL, O_APPEND, O_WRONLY, O_NONBLOCK, O_NOFOLLOW, O_DIRECTORY } =
  fs.constants;
const HOW = {
  directory: O_RDONLY | O_DIRECTORY,
  lock: O_RDWR | O_CREAT,
  append: O_WRONLY | O_CREAT | O_APPEND,
  record: O_RDWR,
  entrance: O_WRONLY,
  fifo: O_RDWR | O_NONBLOCK,
  'fifo reader': O_RDONLY | O_NONBLOCK,
} as const;

export function openFiles(transcript: Transcript): Files {
  return {
    makeDirectory(path, mode = 0o700) {
      // lstat(2) first, because an exception takes ten times as long. A directory that another process made in between may
      // be gone again by now: then it is tried once more.
      for (let tries = 0; tries < 3; tries++) {
        if (fs.lstatSync(path, { throwIfNoEntry: false })) return false;
        if (unless('EEXIST', 'make', path, () => fs.mkdirSync(path, { mode }))) return true;
      }
      return false;
    },
    create: (path, text) =>
      told('write', path, () => fs.writeFileSync(path, text, { flag: 'wx', mode: 0o600 })),
    publish: (path, content, mode, gid) =>
      told('write', path, () => {
        fs.writeFileSync(path, content, { flag: 'wx', mode: 0o600 });
        fs.chownSync(path, 0, gid);
        fs.chmodSync(path, mode);
      }),
    replace: (path, text, mode = 0o600) => told('write', path, () => replaceFile(path, text, mode)),
    overwrite: (path, text) => told('write', path, () => fs.writeFileSync(path, text, { flag: 'w' })),
    rename(from, to, purpose) {
      const done = transcript.begin({
        channel: 'syscall',
        call: 'rename',
        args: `"${from}", "${to}"`,
        purpose,
        equivalent: `mv -T ${from} ${to}`,
      });
      try {
        told(`rename ${from} to`, to, () => fs.renameSync(from, to));
      } catch (error) {
        done({ result: -1, errno: (error as FileError).errno });
        throw error;
      }
      done({ result: 0 });
    },
    claim(path, text) {
      const draft = `${path}.${process.pid}.tmp`;
      try {
        told('write', draft, () => fs.writeFileSync(draft, text, { mode: 0o600 }));
        return unless('EEXIST', 'make', path, () => fs.linkSync(draft, path));
      } finally {
        unlinkIfThere(draft);
      }
    },
    link: (path, name) => unless(['EEXIST', 'ENOENT'], 'make', name, () => fs.linkSync(path, name)),
    symlink(target, path, purpose) {
      const args = `"${target}", "${path}"`;
      const done = transcript.begin({
        channel: 'syscall',
        call: 'symlink',
        args,
        purpose,
        equivalent: `ln -s ${target} ${path}`,
      });
      const made = unless('EEXIST', 'make', path, () => fs.symlinkSync(target, path));
      done(made ? { result: 0 } : { result: -1, errno: 17 }, () => [
        `${path} leads to inode ${fs.statSync(path).ino}`,
      ]);
      return made;
    },
    setTime: (path, seconds) => told('set the time of', path, () => fs.utimesSync(path, seconds, seconds)),
    remove: (path) => told('remove', path, () => unlinkIfThere(path)),
    removeEmpty: (path) =>
      unless(['ENOTEMPTY', 'EBUSY', 'ENOENT', 'ENOTDIR'], 'remove', path, () => fs.rmdirSync(path)),
    removeTree: (path) => told('remove', path, () => removeTree(path)),
    isStill(fd, path) {
      const [held, named] = [fs.fstatSync(fd), fs.statSync(path, { throwIfNoEntry: false })];
      return named !== undefined && named.ino === held.ino && named.dev === held.dev;
    },
    open(path, how) {
      // Opening a fifo blocks until its other end is opened, and no signal interrupts it. As a directory it cannot be opened at all.
      const isSafe = how === 'directory' || how.startsWith('fifo');
      if (!isSafe && fs.lstatSync(path, { throwIfNoEntry: false })?.isFIFO())
        throw new OperationError(`cannot open ${path}: it is a fifo`);
      return told('open', path, () => fs.openSync(path, HOW[how] | O_NOFOLLOW, 0o600));
    },
    close: (fd) => fs.closeSync(fd),
  };
}

/** True when the action was done, false when it met the named, expected errno. */
function unless(expected: string | string[], verb: string, path: string, action: () => void): boolean {
  try {
    action();
    return true;
  } catch (error) {
    if (expected.includes(errorCode(error) ?? '')) return false;
    return told(verb, path, () => {
      throw error;
    });
  }
}

/** `rmSync` looks at a file before and after, and takes four times as long. */
function unlinkIfThere(path: string): void {
  try {
    fs.unlinkSync(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}

/** An entry that another process removes meanwhile is no error. */
function removeTree(path: string): void {
  const found = fs.lstatSync(path, { throwIfNoEntry: false });
  if (!found) return;
  try {
    if (found.isDirectory()) {
      for (const name of fs.readdirSync(path)) removeTree(`${path}/${name}`);
      fs.rmdirSync(path);
    } else fs.unlinkSync(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}

/**
 * A draft beside the file, renamed over it. The mode is set once more: that of open(2) is cut by the umask. A package would
 * listen to twenty-five signals for each file, to remove its draft; ours is swept by gc, also after a SIGKILL.
 */
function replaceFile(path: string, text: string, mode: number): void {
  const draft = `${path}.${process.pid}${drafts++}`;
  try {
    const fd = fs.openSync(draft, O_WRONLY | O_CREAT | O_EXCL, mode);
    try {
      fs.writeFileSync(fd, text);
      fs.fchmodSync(fd, mode);
    } finally {
      fs.closeSync(fd);
    }
    fs.renameSync(draft, path);
  } catch (error) {
    unlinkIfThere(draft);
    throw error;
  }
}

let drafts = 0;

/** A failure is told with the path: Node's own words of a write speak of no file. */
function told<T>(verb: string, path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof Error && 'errno' in error)
      throw new FileError(verb, path, error as NodeJS.ErrnoException);
    throw error;
  }
}
