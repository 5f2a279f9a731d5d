import { readFileSync, readSync } from 'node:fs';
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
    return path === '-' ? readStandardInput() : readFileSync(path, 'utf8');
  } catch (error) {
    const why = errorCode(error) === 'ENOENT' ? 'there is no such file' : errorCode(error);
    throw new InputError(`cannot read the manifest ${path}: ${why}`);
  }
}

/** Who gave us standard input may have made it non-blocking: then EAGAIN is no end, but what is not yet there. */
function readStandardInput(): string {
  const chunks: Buffer[] = [];
  const buffer = Buffer.alloc(65_536);
  for (;;) {
    try {
      const length = readSync(0, buffer);
      if (length === 0) return Buffer.concat(chunks).toString('utf8');
      chunks.push(Buffer.from(buffer.subarray(0, length)));
    } catch (error) {
      if (errorCode(error) !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}
