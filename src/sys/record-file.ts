import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { errorCode, OperationError } from './errors.ts';
import { describeRange, isNumber, type NumberKind, RANGES } from './number.ts';

/**
 * The fields of a record: a `typeof` name, a number in its range, a list of anything or of one kind, or a record. A name that ends in `?` is
 * optional.
 */
export interface Shape {
  readonly [field: string]: Kind | readonly [Kind | Shape] | Shape;
}

type Kind = 'string' | 'boolean' | 'object' | 'list' | NumberKind;

/** A file of the state that cannot be used. The message is the reason only: the reader of the file adds its path. */
export class UnusableFile extends OperationError {}

/**
 * The JSON object in a file of ours, with at least these fields; undefined when there is no such file. A file that was cut,
 * edited or written by another version is an error: nothing is done with half of a record.
 */
export function readRecord<T>(path: string, shape: Shape): T | undefined {
  const text = readPlainText(path);
  return text === undefined ? undefined : parseRecord<T>(text, shape);
}

/** The text of a file of ours. Never through a link; and not of a fifo, at which we should wait for ever. */
export function readPlainText(path: string): string | undefined {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  let fd: number;
  try {
    fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (cause) {
    const code = errorCode(cause) ?? '';
    if (['ENOENT', 'ENOTDIR'].includes(code)) return undefined;
    if (code === 'ELOOP') throw new UnusableFile('it is a symbolic link', { cause });
    if (code === 'ENXIO') throw new UnusableFile('it is not a regular file', { cause });
    throw cause;
  }
  try {
    if (!fstatSync(fd).isFile()) throw new UnusableFile('it is not a regular file');
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

/** The object that a text says, if it has the fields that it must have. */
export function parseRecord<T>(text: string, shape: Shape): T {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    // Its own words would quote the text, whatever that is.
    throw new UnusableFile('it is not JSON, or not all of it', { cause });
  }
  const wrong = misfit(document, shape);
  if (wrong !== undefined) throw new UnusableFile(wrong);
  return document as T;
}

function misfit(document: unknown, shape: Shape): string | undefined {
  if (!isObject(document)) return 'it is not an object';
  for (const [key, wanted] of Object.entries(shape)) {
    const name = key.replace('?', '');
    const value = document[name];
    if (value === undefined && key !== name) continue;
    if (value === undefined) return `"${name}" is missing`;
    const wrong = misfitOfValue(value, wanted);
    if (wrong !== undefined) return `"${name}"${wrong}`;
  }
  return undefined;
}

/** The error, worded to follow the name of the value. */
function misfitOfValue(value: unknown, wanted: Shape[string]): string | undefined {
  if (isListOf(wanted)) {
    if (!Array.isArray(value)) return ' is no list';
    const wrong = value.map((item, at) => [at, misfitOfValue(item, wanted[0])] as const);
    const [first] = wrong.filter(([, why]) => why !== undefined);
    return first && `[${first[0]}]${first[1]}`;
  }
  if (typeof wanted === 'object') {
    const inner = misfit(value, wanted);
    return inner && `: ${inner}`;
  }
  if (isNumberKind(wanted)) return isNumber(value, wanted) ? undefined : ` is not ${describeRange(wanted)}`;
  return kindOf(value) === wanted ? undefined : ` is no ${wanted}`;
}

function isListOf(wanted: Shape[string]): wanted is readonly [Kind | Shape] {
  return Array.isArray(wanted);
}

function isNumberKind(kind: Kind): kind is NumberKind {
  return Object.hasOwn(RANGES, kind);
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'list';
  return value === null ? 'null' : typeof value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
