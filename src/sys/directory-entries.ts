import { readdirSync } from 'node:fs';
import { errorCode } from './errors.ts';

/** The names in a directory, sorted. A directory that is missing has none; any other error is thrown. */
export function directoryEntries(path: string): string[] {
  try {
    return readdirSync(path).sort();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return [];
    throw error;
  }
}
