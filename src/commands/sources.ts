import { readFileSync } from 'node:fs';
import type { Source } from '../manifest/read.ts';
import { errorCode, InputError } from '../sys/errors.ts';

/** Reads the files of `-f`; `-` is standard input, which can be read only once. */
export function readSources(paths: readonly string[]): Source[] {
  if (paths.length === 0)
    throw new InputError('no manifest given', { hint: '-f FILE names one, -f - reads standard input' });
  if (paths.filter((path) => path === '-').length > 1)
    throw new InputError('standard input can be read only once: -f - is given twice');
  return paths.map((path) => ({ name: path === '-' ? 'stdin' : path, text: readText(path) }));
}

function readText(path: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (error) {
    const why = errorCode(error) === 'ENOENT' ? 'there is no such file' : errorCode(error);
    throw new InputError(`cannot read the manifest ${path}: ${why}`);
  }
}
