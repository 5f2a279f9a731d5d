import { getSystemErrorMap } from 'node:util';
import { ERROR_CODES, type ErrorCode } from './error-codes.ts';

/** What a failure says besides what went wrong: what the reader can do about it. */
export interface Cure {
  readonly hint?: string | undefined;
  readonly cause?: unknown;
  /** Default: `ERR_OPERATION_FAILED`, of an InputError `ERR_INVALID_INPUT`. */
  readonly code?: ErrorCode | undefined;
  /** The lines of the message, if it has several. Other newlines are escaped when they are printed. */
  readonly lines?: readonly string[];
}

/** Something that was tried and did not work. The CLI prints its message and hint, and leaves with status 1. */
export class OperationError extends Error {
  override readonly name: string = 'OperationError';
  /** One of `ERROR_CODES`, or the name of an errno. */
  readonly code: string;
  /** One sentence of cure. */
  readonly hint: string | undefined;
  readonly lines: readonly string[];

  constructor(message: string, cure: Cure = {}) {
    super(message, cure.cause === undefined ? undefined : { cause: cure.cause });
    this.code = cure.code ?? 'ERR_OPERATION_FAILED';
    this.hint = cure.hint;
    this.lines = cure.lines ?? [message];
  }
}

/** What was asked for makes no sense; nothing was touched. The CLI leaves with status 2. */
export class InputError extends OperationError {
  override readonly name = 'InputError';

  constructor(message: string, cure: Cure = {}) {
    super(message, { ...cure, code: cure.code ?? 'ERR_INVALID_INPUT' });
  }
}

/** A system call that failed: what was called with which arguments, and what that errno means *there*. */
export class SyscallError extends OperationError {
  override readonly name = 'SyscallError';
  override readonly code: string;
  readonly errno: number;
  readonly syscall: string;

  constructor(syscall: string, args: string, errno: number) {
    const [code, meaning] = errnoWords(errno);
    super(`${syscall}(${args}) failed: ${code} (${meaning})`, {
      hint: hints[`${syscall} ${code}`] ?? hints[code],
    });
    this.syscall = syscall;
    this.errno = errno;
    this.code = code;
  }
}

/** A file that could not be written, made, removed …: which one, and why. Of a descriptor Node's own words do not say which. */
export class FileError extends OperationError {
  override readonly name = 'FileError';
  override readonly code: string;
  readonly errno: number;

  constructor(verb: string, path: string, cause: NodeJS.ErrnoException) {
    const errno = Math.abs(cause.errno ?? 0);
    const [code, meaning] = errnoWords(errno);
    super(`cannot ${verb} ${path}: ${meaning} (${code})`, {
      cause,
      hint: hints[`file ${code}`] ?? hints[code],
    });
    this.errno = errno;
    this.code = code;
  }
}

/** An errno's name and meaning, from Node's own table: `['ENOSPC', 'no space left on device']`. */
export function errnoWords(errno: number): [name: string, meaning: string] {
  // USERS and a few more are missing from libuv's list.
  known ??= getSystemErrorMap();
  return known.get(-errno) ?? extra[errno] ?? [`errno ${errno}`, 'unknown error'];
}

/** Node makes a new map at each call: 40 µs. */
let known: ReturnType<typeof getSystemErrorMap> | undefined;

/** The errno name of anything that was thrown by Node or by us. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) return undefined;
  return error.code in ERROR_CODES ? undefined : error.code;
}

// include/uapi/asm-generic/errno.h
const extra: Record<number, [string, string]> = {
  8: ['ENOEXEC', 'exec format error'],
  10: ['ECHILD', 'no child processes'],
  35: ['EDEADLK', 'resource deadlock avoided'],
  37: ['ENOLCK', 'no locks available'],
  38: ['ENOSYS', 'function not implemented'],
  54: ['EXFULL', 'exchange full'],
  87: ['EUSERS', 'too many users'],
  116: ['ESTALE', 'stale file handle'],
  122: ['EDQUOT', 'disk quota exceeded'],
};

/** One sentence of cure, by system call and errno, else by errno alone. */
const hints: Record<string, string> = {
  'unshare ENOSPC': 'the limit in /proc/sys/user/max_*_namespaces is reached: raise it, or remove namespaces',
  'unshare EPERM': 'this needs CAP_SYS_ADMIN: run nslab as root (sudo)',
  'unshare EINVAL': 'this kernel was built without that kind of namespace: `nslab doctor` lists what it has',
  'setns EPERM':
    'joining a namespace needs CAP_SYS_ADMIN in the user namespace that owns it: run nslab as root (sudo)',
  'sethostname EPERM': 'this needs CAP_SYS_ADMIN in the UTS namespace: run nslab as root (sudo)',
  'file ENOSPC': 'its file system is full: see `df` and `df -i`',
  'file EROFS': 'its file system is read-only: name another place with --state-dir',
  EMFILE: 'too many open files: raise `ulimit -n`',
  ENFILE: 'the whole machine has too many open files: see /proc/sys/fs/file-max',
  EAGAIN: 'no more processes allowed: see `ulimit -u` and the pids cgroup',
  ENOMEM: 'the kernel has no memory left for this',
  ENOSYS: 'this kernel or C library lacks the call: Linux 5.12 and glibc 2.36 are needed',
};
