import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Source } from '../manifest/read.ts';
import { errorCode, InputError } from '../sys/errors.ts';

/** About a thousand times the size of a manifest written by hand. */
const MAX_BYTES = 4 * 1024 * 1024;

/** Reads the files of `-f`: of a directory its `.yaml`, `.yml` and `.json`; `-` is standard input, which can be read only once. */
export function readSources(paths: readonly string[]): Source[] {
  if (paths.length === 0)
    throw new InputError('no manifest given', { hint: '-f FILE names one, -f - reads standard input' });
  if (paths.filter((path) => path === '-').length > 1)
    throw new InputError('standard input can be read only once: -f - is given twice');
  return paths
    .flatMap(filesOf)
    .map((path) => ({ name: path === '-' ? 'stdin' : path, text: readText(path) }));
}

/** As kubectl: the files of a directory by name, not those below it. */
function filesOf(path: string): string[] {
  if (/^https?:\/\//.test(path))
    throw new InputError(`${path} is not a file: nslab fetches nothing`, {
      hint: `curl -fsSL '${path}' | nslab up -f -`,
    });
  if (path === '-' || !statSync(path, { throwIfNoEntry: false })?.isDirectory()) return [path];
  const found = readdirSync(path)
    .filter((name) => /\.(ya?ml|json)$/.test(name))
    .sort()
    .map((name) => join(path, name));
  if (found.length === 0) throw new InputError(`${path} has no .yaml, .yml or .json file`);
  return found;
}

function readText(path: string): string {
  let bytes: Buffer;
  try {
    bytes = path === '-' ? readAll(0) : readFile(path);
  } catch (error) {
    if (error instanceof InputError) throw error;
    const why = errorCode(error) === 'ENOENT' ? 'there is no such file' : errorCode(error);
    throw new InputError(`cannot read the manifest ${path}: ${why}`);
  }
  const name = path === '-' ? 'stdin' : path;
  if (bytes.length > MAX_BYTES)
    throw new InputError(`${name}:1:1: more than ${MAX_BYTES} bytes: too large for a manifest`);
  const text = bytes.toString('utf8');
  if (text.includes('\ufffd') && !Buffer.from(text).equals(bytes)) throw notUtf8(name, text, bytes);
  return text;
}

function readFile(path: string): Buffer {
  const fd = openSync(path, 'r');
  try {
    // A large file is not read at all.
    return fstatSync(fd).size > MAX_BYTES ? Buffer.alloc(MAX_BYTES + 1) : readAll(fd);
  } finally {
    closeSync(fd);
  }
}

/** Reads to the end, or a little more than the limit. EAGAIN on a non-blocking standard input means: not yet there. */
function readAll(fd: number): Buffer {
  const chunks: Buffer[] = [];
  const buffer = Buffer.alloc(65_536);
  for (let size = 0; size <= MAX_BYTES; ) {
    try {
      const length = readSync(fd, buffer);
      if (length === 0) break;
      size += length;
      chunks.push(Buffer.from(buffer.subarray(0, length)));
    } catch (error) {
      if (errorCode(error) !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
  return Buffer.concat(chunks);
}

/** At the first line whose bytes are not what they were decoded to. */
function notUtf8(name: string, text: string, bytes: Buffer): InputError {
  const lines = bytes.toString('latin1').split('\n');
  const line = text
    .split('\n')
    .findIndex((each, index) => Buffer.from(each).toString('latin1') !== lines[index]);
  return new InputError(`${name}:${line + 1}:1: this line is not UTF-8`, {
    hint: `iconv -f latin1 -t utf-8 ${name}`,
  });
}
