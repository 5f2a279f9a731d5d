import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { directoryEntries } from '../sys/directory-entries.ts';
import { errorCode } from '../sys/errors.ts';
import { tryLock } from '../sys/lock.ts';
import { LockedDirectory } from '../sys/locked-directory.ts';
import { unique } from '../sys/unique.ts';
import type { Host } from './host.ts';

/**
 * Who changes something has a file here, locked, until all that it has begun is whole or gone. A file that nobody has locked
 * was left by a process that was killed: only then is there anything to be collected, and no verb looks at pods that it does
 * not touch. The lock is close-on-exec: no tool, holder or shim keeps it.
 */
const DIRECTORY = 'unfinished';

type Doors = Pick<Host, 'kernel' | 'files'>;

/** The file of this process in one state directory. */
interface Mark {
  /** How many works it stands for. */
  works: number;
  readonly made: Promise<{ readonly path: string; readonly fd: number }>;
}

const marks = new Map<string, Mark>();

/** To be called when a work has come to its end. Not if something is left of it: gc is to find that, when this process has ended. */
export type Finish = () => Promise<void>;

/** Says that this process begins to change something in a state directory. */
export async function beginWork(doors: Doors, root: string): Promise<Finish> {
  const key = resolve(root);
  const mark = marks.get(key) ?? { works: 0, made: make(doors, root) };
  marks.set(key, mark);
  mark.works++;
  let open = true;
  const leave = () => {
    open = false;
    mark.works--;
    // From now on, who begins makes another one.
    if (mark.works === 0) marks.delete(key);
    return mark.works === 0;
  };
  await mark.made.catch((error: unknown) => {
    leave();
    throw error;
  });
  return async () => {
    if (open && leave()) await remove(doors, root, await mark.made);
  };
}

/** Runs `body` as work. When it fails, it has undone itself. */
export async function asWork<T>(doors: Doors, root: string, body: () => Promise<T>): Promise<T> {
  const finish = await beginWork(doors, root);
  try {
    return await body();
  } finally {
    await finish();
  }
}

/** What processes that were killed have left here: their files, locked by us. Undefined where there is nothing of that. */
export interface Abandoned {
  /** To be called when all of it was collected. */
  forget(): void;
  /** Leaves it to the next one. */
  release(): void;
}

/** Never waits: a file that is locked belongs to a process that lives, or to one that is collecting already. */
export async function findAbandoned(doors: Doors, root: string): Promise<Abandoned | undefined> {
  const { kernel, files } = doors;
  const own = (await marks.get(resolve(root))?.made)?.path;
  const others = () => entries(root).filter((path) => path !== own);
  // An empty directory was left, too: by one that was killed before its file was there.
  if (others().length === 0 && (own !== undefined || !existsSync(join(root, DIRECTORY)))) return undefined;
  return directory(doors, root).locked('exclusive', () => {
    const found = others().flatMap((path) => {
      const fd = openExisting(files, path);
      if (fd === undefined) return [];
      if (tryLock(kernel, fd, 'exclusive', 'nobody has it: who made it was killed')) return [{ path, fd }];
      files.close(fd);
      return [];
    });
    if (found.length === 0) return undefined;
    const release = () => {
      for (const { fd } of found) files.close(fd);
    };
    const forget = () => {
      for (const { path } of found) files.remove(path);
      release();
      files.removeEmpty(join(root, DIRECTORY));
      files.removeEmpty(root);
    };
    return { forget, release };
  });
}

function make(doors: Doors, root: string): Mark['made'] {
  const { kernel, files } = doors;
  const lock = () => {
    const path = join(root, DIRECTORY, unique());
    const fd = files.open(path, 'lock');
    tryLock(kernel, fd, 'exclusive', 'as long as it is held, what this process has begun is not left behind');
    return { path, fd };
  };
  return directory(doors, root).locked('shared', lock, { adds: true });
}

/** While it is locked no other process takes it for abandoned, so it is removed first. */
async function remove(doors: Doors, root: string, { path, fd }: Awaited<Mark['made']>): Promise<void> {
  await directory(doors, root).locked('shared', () => doors.files.remove(path));
  doors.files.close(fd);
}

function entries(root: string): string[] {
  return directoryEntries(join(root, DIRECTORY)).map((name) => join(root, DIRECTORY, name));
}

function directory({ kernel, files }: Doors, root: string): LockedDirectory {
  return new LockedDirectory(root, DIRECTORY, kernel, files);
}

/** Undefined when its maker has removed it meanwhile. */
function openExisting(files: Doors['files'], path: string): number | undefined {
  try {
    return files.open(path, 'record');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
