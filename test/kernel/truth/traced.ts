import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What each process has asked of the kernel: `call(arguments) = result`, in its order. */
export type Asked = ReadonlyMap<number, readonly string[]>;

/** A run of `ip` or `nft`: its words, and what it read. */
export interface ToolRun {
  readonly words: string;
  readonly input: string;
}

export interface Traced {
  readonly asked: Asked;
  readonly tools: readonly ToolRun[];
  /** What else Node has run, by its words. */
  readonly foreign: readonly string[];
}

/** The calls that move, mount or start somebody, and what a tool reads. strace is told these names. */
export const WATCHED = [
  ...[
    'unshare',
    'setns',
    'clone',
    'clone3',
    'fork',
    'vfork',
    'mount',
    'umount2',
    'pivot_root',
    'sethostname',
  ],
  ...['execve', 'execveat', 'read', 'sendto'],
] as const;

/**
 * What strace -ff saw of nslab's own processes: Node, the shims and their forks, pause. From its execve on a foreign
 * program is not ours; of `ip` and `nft` the words and the standard input count.
 */
export function traced(directory: string): Traced {
  const logs: Logs = new Map(
    readdirSync(directory).map((name) => [
      Number(name.split('.').pop()),
      withBytes(readFileSync(join(directory, name), 'utf8').split('\n')),
    ]),
  );
  const parents = parentsIn(logs);
  const [asked, tools, foreign] = [new Map<number, string[]>(), [] as ToolRun[], [] as string[]];
  for (const [pid, calls] of logs) {
    let program = programAtBirth(pid, logs, parents);
    const own: string[] = [];
    for (const [index, line] of calls.entries()) {
      const [, path, words = ''] = EXEC.exec(line) ?? [];
      if (path === undefined) {
        if (NATIVE.test(program) || NODE.test(program)) own.push(...telling(line));
        continue;
      }
      if (/\/(ip|nft)$/.test(path)) tools.push({ words, input: inputOf(calls.slice(index + 1)) });
      else if (NATIVE.test(line)) own.push(`spawned ${words}`);
      else if (NATIVE.test(program)) own.push(`execve("${path}", ${words})`);
      else if (NODE.test(program)) foreign.push(words);
      program = line;
    }
    if (own.length > 0) asked.set(pid, withoutRepetition(own));
  }
  return { asked, tools, foreign };
}

/** A message to netlink; of twenty bytes those for links and addresses are glibc's own questions, for getifaddrs(3). */
const NETLINK = /^sendto\(\d+, \[*\{nlmsg_len=(?!20, nlmsg_type=RTM_)/;

/** What was sent stands in a dump below the call (`-e write=all`): here it becomes its argument. */
function withBytes(lines: readonly string[]): string[] {
  const found: string[] = [];
  for (const line of lines) {
    const [, row] = /^ \| [0-9a-f]{5,} {2}((?:[0-9a-f]{2} {1,2})+)/.exec(line) ?? [];
    if (row === undefined) found.push(NETLINK.test(line) ? 'sendto() = 0' : line);
    else if (found.at(-1)?.startsWith('sendto('))
      found.push((found.pop() ?? '').replace(')', `${row.replaceAll(' ', '')})`));
  }
  return found;
}

type Logs = ReadonlyMap<number, readonly string[]>;

const EXEC = /^execve\("([^"]+)", (\[.*\]), .*\) += 0$/;
const NATIVE = /^execve\("[^"]*\/(shim|pause|supervisor)"/;
const NODE = /^execve\(.*nslab\.cjs"/;

function parentsIn(logs: Logs): Map<number, number> {
  const parents = new Map<number, number>();
  for (const [pid, calls] of logs)
    for (const line of calls) {
      const child = /^(?:clone|clone3|v?fork)\(.*\) += (\d+)$/.exec(line)?.[1];
      if (child !== undefined) parents.set(Number(child), pid);
    }
  return parents;
}

/** The program of which a process was a copy when it began: how that was started, as strace shows it. */
function programAtBirth(pid: number, logs: Logs, parents: ReadonlyMap<number, number>): string {
  const parent = parents.get(pid);
  if (parent === undefined) return '';
  const calls = logs.get(parent) ?? [];
  const birth = calls.findIndex((line) => line.endsWith(` = ${pid}`));
  const last = calls.slice(0, birth).findLast((line) => EXEC.test(line));
  return last ?? programAtBirth(parent, logs, parents);
}

/** The call as the transcript would have it: nothing when it moves and starts nobody. */
function telling(line: string): string[] {
  const [, call = '', args = '', result = ''] = /^(\w+)\((.*)\) += (.*)$/.exec(line) ?? [];
  const value = result.replace(/ \(.*/, '');
  if (call === 'clone' || call === 'clone3') {
    const flags = /flags=([A-Z_|]+)/.exec(args)?.[1] ?? '';
    return flags.includes('CLONE_NEW') ? [`clone(${sorted(flags)}) = ${value}`] : [];
  }
  if (call === 'sendto') return /^[0-9a-f]+$/.test(args) ? [`sent ${args}`] : [];
  if (call === 'execveat') return [`execveat(${/\[.*?\](?=, )/.exec(args)?.[0]})`];
  const shown = ['unshare', 'setns', 'mount', 'umount2', 'pivot_root', 'sethostname'].includes(call);
  return shown ? [`${call}(${sorted(args)}) = ${value}`] : [];
}

/** Flags in one order: strace has that of the bits. */
export function sorted(args: string): string {
  return args.replace(/[A-Z_]+(\|[A-Z_]+)+/g, (flags) => flags.split('|').sort().join('|'));
}

/** A shim starts itself once more, with the words that it was given. */
function withoutRepetition(own: readonly string[]): string[] {
  const [, words] = /^spawned (.*)$/.exec(own[0] ?? '') ?? [];
  const again = words && `execveat(${words})`;
  return own.map((line, index) => (index > 0 && line === again ? 'execveat(argv)' : line));
}

/** All that a program read from its standard input. */
function inputOf(calls: readonly string[]): string {
  return calls.flatMap((line) => /^read\(0, "(.*)", \d+\) += [1-9]/.exec(line)?.[1] ?? []).join('');
}
