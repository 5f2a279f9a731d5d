import type { FaultPoint } from './fault-points.ts';
import type { Native, Spent } from './instrumented.ts';

/** A call of one of our programs in C, or of a child that it has made for its work. */
export interface ProgramPoint extends FaultPoint {
  /** For a call of a child whose number the program itself reaches, too: what it spends of its own before it begins. */
  readonly spent?: Spent;
}

/** They cannot fail, or are the C library's own. */
const CANNOT_FAIL =
  /^(exit|exit_group|gete?[ug]id|getp?pid|gettid|rt_sig.*|set_tid_address|arch_prctl|brk|close|close_range|umask|clock_gettime|mmap|mprotect|munmap|restart_syscall|wait4|waitid)$/;

/** What cannot be called in vain. */
const ACTS = /^(fork|vfork|pause)$/;

interface NativeCall {
  readonly pid: string;
  readonly syscall: string;
  readonly number: number;
  readonly ordinal: number;
  readonly text: string;
}

/** Each call that the program or a child of it makes from its first on, by its number among those of the name. */
export function pointsIn(log: string, native: Native): ProgramPoint[] {
  const calls = callsIn(log);
  const main = calls[0]?.pid ?? '';
  const begin = calls.findIndex(({ pid, text }) => pid === main && text.includes(`/real/${native}"`));
  const reached = new Map<string, number>();
  for (const { pid, syscall, ordinal } of calls) if (pid === main) reached.set(syscall, ordinal);
  const alike = new Map<string, number>();
  const points = new Map<string, ProgramPoint>();
  const ours = withChildren(log, main);
  for (const call of withoutCommands(calls.slice(begin), ours).slice(1)) {
    const { pid, syscall, number, ordinal, text } = call;
    if (CANNOT_FAIL.test(syscall)) continue;
    const isSpent = pid !== main && ordinal <= (reached.get(syscall) ?? 0);
    if (isSpent && ACTS.test(syscall)) continue;
    const where = pid === main ? 'in itself' : 'in a child';
    const key = `${syscall} ${ordinal} ${where}`;
    const shape = `${shapeOf(text)} ${where}`;
    if (REPEATED.test(text)) alike.set(shape, (alike.get(shape) ?? 0) + 1);
    if (points.has(key) || (alike.get(shape) ?? 0) > MOST_ALIKE) continue;
    const point = { syscall, ordinal, rank: ordinal, text };
    points.set(key, isSpent ? { ...point, spent: { number, times: ordinal } } : point);
  }
  return [...points.values()];
}

/** The line that says that the program or its child was hit: not what it spends before it begins. */
export function hitIn(log: string, native: Native): string | undefined {
  const main = callsIn(log)[0]?.pid;
  const lines = log.split('\n');
  const begin = lines.findIndex((line) => line.includes(`/real/${native}"`));
  const isOf = (line: string) => line.startsWith(`${main} `);
  return lines.find(
    (line, at) =>
      (line.includes('(INJECTED)') && (at > begin || !isOf(line))) ||
      (line.includes('+++ killed by SIGKILL') && isOf(line)),
  );
}

/** What a child does after its execve is the command's, as are the threads and children of that. */
function withoutCommands(calls: readonly NativeCall[], ours: ReadonlySet<string>): NativeCall[] {
  const commands = new Set<string>();
  return calls.filter(({ pid, syscall }) => {
    if (commands.has(pid) || !ours.has(pid)) return false;
    if (syscall === 'execve' && pid !== calls[0]?.pid) commands.add(pid);
    return true;
  });
}

/** A process and its children. */
function withChildren(log: string, main: string): ReadonlySet<string> {
  const made = log.matchAll(/^(\d+) .*\b(?:clone3?|v?fork)(?:\(| resumed>).* = (\d+)$/gm);
  const children = [...made].flatMap(([, parent, child = '']) => (parent === main ? [child] : []));
  return new Set([main, ...children]);
}

/** Of four hundred links to busybox, or the next transcript line, a few stand for all. Every other call is a point. */
const REPEATED = /^symlink|transcript\.jsonl/;
const MOST_ALIKE = 2;

function shapeOf(text: string): string {
  return text
    .replace(/ = .*/, '')
    .replace(/[^/"]+"\)$/, '#')
    .replace(/"\{.*/, '#')
    .replace(/[0-9a-f]{6,}|\d+/g, '#');
}

function callsIn(log: string): NativeCall[] {
  const counts = new Map<string, number>();
  return log.split('\n').flatMap((line) => {
    const [, pid = '', number, text = '', syscall] = /^(\d+) +\[ *(\d+)\] ((\w+)\(.*)$/.exec(line) ?? [];
    if (syscall === undefined) return [];
    const ordinal = (counts.get(`${pid} ${syscall}`) ?? 0) + 1;
    counts.set(`${pid} ${syscall}`, ordinal);
    return [{ pid, syscall, number: Number(number), ordinal, text }];
  });
}
