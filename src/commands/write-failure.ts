import { dirname } from 'node:path';
import { errnoWords, errorCode, InputError, OperationError } from '../sys/errors.ts';

/** Why a file that was named on the command line could not be written, and what to do about it. */
export function writeFailure(path: string, cause: unknown): OperationError {
  return new OperationError(...described('', path, cause));
}

/** The same for the transcript, which is opened before anything is changed. */
export function transcriptFailure(path: string, cause: unknown): InputError {
  return new InputError(...described('the transcript ', path, cause));
}

function described(what: string, path: string, cause: unknown): ConstructorParameters<typeof OperationError> {
  const code = errorCode(cause) ?? 'EIO';
  const [, meaning] = errnoWords(Math.abs((cause as NodeJS.ErrnoException).errno ?? 0));
  return [`cannot write ${what}${path}: ${code} (${meaning})`, { cause, hint: CURES[code]?.(path) }];
}

const CURES: Readonly<Record<string, (path: string) => string>> = {
  ENOENT: (path) => `make its directory first: mkdir -p ${dirname(path)}`,
  ENOTDIR: (path) => `a part of ${dirname(path)} is a file: name another path`,
  EISDIR: () => 'it is a directory: name a file in it',
  EACCES: () => 'this user may not write there: name another path, or run nslab as root',
  EROFS: () => 'its file system is read-only: name another path',
  ENOSPC: () => 'its file system is full: see `df` and `df -i`',
};
