import { readFileSync, readlinkSync } from 'node:fs';
import { directoryEntries } from './directory-entries.ts';
import { OperationError } from './errors.ts';

/** A process on record as the maker of something, which it has no file of. Our own are recognized without a clock: `KnownProcess`. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks after boot, as the initial time namespace counts: field 22 of /proc/PID/stat, without our own offset. */
  readonly startTime: number;
}

export interface ProcessStat {
  readonly comm: string;
  /** `R`, `S`, `D`, `Z` (zombie), … */
  readonly state: string;
  readonly parent: number;
  readonly threads: number;
  readonly startTime: number;
  /** Milliseconds that it has had of a processor. */
  readonly cpuTime: number;
  /** PF_EXITING: its files are closed, or about to be. */
  readonly exiting: boolean;
}

/** /proc/PID/stat, or undefined when there is no such process. proc_pid_stat(5) */
export function readStat(pid: number): ProcessStat | undefined {
  return parseStat(readMaybe(`/proc/${pid}/stat`));
}

export function parseStat(text: string | undefined): ProcessStat | undefined {
  if (text === undefined) return undefined;
  // The name is in parentheses and may contain any character, so the fields start after the *last* one.
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  const fields = text.slice(close + 2).split(' ');
  return {
    comm: text.slice(open + 1, close),
    state: fields[0] ?? '?',
    parent: Number(fields[1]),
    threads: Number(fields[17]),
    startTime: Number(fields[19]) - clockOffset(),
    cpuTime: ((Number(fields[11]) + Number(fields[12])) * 1000) / USER_HZ,
    exiting: (Number(fields[6]) & PF_EXITING) !== 0,
  };
}

/** What the kernel counts times in for programs. time(7) */
const USER_HZ = 100;

/** <linux/sched.h> */
const PF_EXITING = 0x4;

/** The numbers of a process in the pid namespace of this /proc and in each one below, down to its own. */
export function pidsOf(pid: number): number[] {
  const line = readMaybe(`/proc/${pid}/status`)?.match(/^NSpid:(.*)$/m)?.[1] ?? '';
  return line.split(/\s+/).filter(Boolean).map(Number);
}

/** Whether this /proc is of our own pid namespace: in another one the same number is another process. */
export function showsOurPids(): boolean {
  ours ??= readProcLink('/proc/self') === String(process.pid);
  return ours;
}

let ours: boolean | undefined;

/**
 * What the kernel adds to each start time that we read: the offset of boottime in our time namespace, in ticks of 10 ms. A
 * record that is written in one time namespace is read in another. time_namespaces(7)
 */
function clockOffset(): number {
  if (offset === undefined) {
    const [, seconds = '0', nanoseconds = '0'] =
      /^boottime\s+(-?\d+)\s+(\d+)$/m.exec(readMaybe('/proc/self/timens_offsets') ?? '') ?? [];
    offset = Number(seconds) * 100 + Math.floor(Number(nanoseconds) / 10_000_000);
  }
  return offset;
}

/** The main thread never changes its time namespace. */
let offset: number | undefined;

/** The pids of all processes that this /proc shows, in ascending order. */
export function processIds(): number[] {
  return numericEntries('/proc').sort((a, b) => a - b);
}

/** The entries of a directory of /proc that are numbers: pids, tids, descriptors. None where it cannot be read. */
export function numericEntries(directory: string): number[] {
  try {
    return directoryEntries(directory).flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
  } catch {
    return [];
  }
}

/** The identity of a process that was just started, or undefined when it is gone already. */
export function identify(pid: number): ProcessIdentity | undefined {
  const stat = readStat(pid);
  return stat && { pid, startTime: stat.startTime };
}

/** Who we are. */
export function ourselves(): ProcessIdentity {
  us ??= identify(process.pid);
  if (!us) throw new OperationError('there is no /proc here, by which processes are known');
  return us;
}

let us: ProcessIdentity | undefined;

/** Whether this very process still runs. A zombie does not: its namespaces are gone already. */
export function isRunning({ pid, startTime }: ProcessIdentity): boolean {
  const stat = readStat(pid);
  return stat !== undefined && stat.startTime === startTime && stat.state !== 'Z' && stat.state !== 'X';
}

/** Different after each boot: what was recorded under another one is no longer true. */
export function bootId(): string {
  thisBoot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return thisBoot;
}

/** No process lives through a boot. */
let thisBoot: string | undefined;

/** Whether a process has a handler for a signal, by `SigCgt` of /proc/PID/status. */
export function catches(pid: number, signal: number): boolean | undefined {
  const mask = readMaybe(`/proc/${pid}/status`)?.match(/^SigCgt:\s*([0-9a-f]+)$/m)?.[1];
  return mask === undefined ? undefined : ((BigInt(`0x${mask}`) >> BigInt(signal - 1)) & 1n) === 1n;
}

/** The target of a /proc link such as `/proc/PID/ns/net`: `net:[4026531833]`. */
export function readProcLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** A file's text, or undefined where it cannot be read (processes come and go). */
export function readMaybe(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
