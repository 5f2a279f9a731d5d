import { InputError } from './errors.ts';

/** The valid integers of one kind, both ends included. */
export interface Range {
  /** With an article: `a port`. */
  readonly what: string;
  readonly least: number;
  readonly most: number;
}

const INT_MAX = 2 ** 31 - 1;

/**
 * All kinds of numbers that nslab reads from options, manifests, the library and records. C programs and the kernel wrap numbers beyond these
 * ranges: as a uid, 4294967296 is root. native/option_values.c has the same ranges.
 */
export const RANGES = {
  id: { what: 'a uid or gid', least: 0, most: INT_MAX },
  port: { what: 'a port', least: 1, most: 65535 },
  // 68: the minimum of IPv4 (RFC 791). 65535: the maximum of veth.
  mtu: { what: 'an MTU', least: 68, most: 65535 },
  lines: { what: 'a number of lines', least: 0, most: 999_999_999 },
  seed: { what: 'a seed', least: 0, most: 999_999_999 },
  seconds: { what: 'a number of seconds', least: 0, most: INT_MAX },
  times: { what: 'a number of times', least: 0, most: INT_MAX },
  positive: { what: 'a number of times', least: 1, most: INT_MAX },
  mode: { what: 'a file mode', least: 0, most: 0o7777 },
  bytes: { what: 'a number of bytes', least: 1, most: 2 ** 63 },
  // kernel/sched/core.c: max_cfs_runtime, which is 2^44 microseconds of each period; one is 100 000 of them.
  milliCpu: { what: 'a number of thousandths of a processor', least: 1, most: 175_921_860_444 },
  // include/linux/threads.h: PID_MAX_LIMIT
  pid: { what: 'a pid', least: 1, most: 2 ** 22 },
  pidOrNone: { what: 'a pid or 0', least: 0, most: 2 ** 22 },
  inode: { what: 'an inode', least: 1, most: Number.MAX_SAFE_INTEGER },
  exitCode: { what: 'an exit status', least: 0, most: 255 },
  signal: { what: 'a signal or 0', least: 0, most: 64 },
  // include/linux/err.h: MAX_ERRNO
  errno: { what: 'an errno or 0', least: 0, most: 4095 },
  count: { what: 'a count', least: 0, most: Number.MAX_SAFE_INTEGER },
} as const satisfies Record<string, Range>;

export type NumberKind = keyof typeof RANGES;

/** `a port from 1 to 65535` */
export function describeRange(kind: NumberKind): string {
  const { what, least, most } = RANGES[kind];
  return `${what} from ${least} to ${most}`;
}

/** Whether a value is an integer in the range of its kind. */
export function isNumber(value: unknown, kind: NumberKind): value is number {
  const { least, most } = RANGES[kind];
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}

/**
 * Parses a plain decimal number; undefined when it is invalid or out of range. A sign, a blank, a leading zero, a base, an exponent and
 * digits other than ASCII are invalid: tools disagree about their meaning (`ip` reads 010 as 8).
 */
export function parseNumber(text: string, kind: NumberKind): number | undefined {
  const value = /^(0|[1-9][0-9]{0,18})$/.test(text) ? Number(text) : undefined;
  return isNumber(value, kind) ? value : undefined;
}

/** The same for an option; `option` names it in the error. */
export function readNumber(option: string, text: string, kind: NumberKind): number {
  const value = parseNumber(text, kind);
  if (value === undefined) throw new InputError(`${option} "${text}" is not ${describeRange(kind)}`);
  return value;
}

/** Refuses a number from a caller of the library that is out of range. */
export function checkNumber(field: string, value: unknown, kind: NumberKind): void {
  if (!isNumber(value, kind)) throw new InputError(`${field} ${String(value)} is not ${describeRange(kind)}`);
}

/** The same for seconds, which may have a fraction. `least`: the minimum. */
export function checkSeconds(field: string, value: unknown, least = 0): void {
  if (typeof value === 'number' && value >= least && value <= RANGES.seconds.most) return;
  throw new InputError(
    `${field} ${String(value)} is not ${RANGES.seconds.what} from ${least} to ${RANGES.seconds.most}`,
  );
}
