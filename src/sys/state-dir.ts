import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { errorCode, InputError } from './errors.ts';

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
