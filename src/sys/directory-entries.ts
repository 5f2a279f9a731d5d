import { type Dir, opendirSync, readdirSync } from 'node:fs';
import { errorCode } from './errors.ts';

/** The wanted names in a directory, sorted. A directory that is missing has none; any other error is thrown. */
export function directoryEntries(path: string, isWanted: (name: string) => boolean = () => true): string[] {
  try {
    return readdirSync(path).filter(isWanted).sort();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return [];
    throw error;
  }
}

/** The names one after the other, in the order of the file system: for who does not need all of a thousand. */
export function* eachEntry(path: string): Generator<string> {
  let directory: Dir;
  try {
    directory = opendirSync(path);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return;
    throw error;
  }
  try {
    for (let entry = directory.readSync(); entry; entry = directory.readSync()) yield entry.name;
  } finally {
    directory.closeSync();
  }
}
