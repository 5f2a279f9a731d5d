import { attributed } from '../../../src/transcript/by-step.ts';
import type { Event } from '../../../src/transcript/event.ts';
import { type Asked, sorted, type ToolRun } from './traced.ts';

/** The same of a transcript: what it says that each process has asked of the kernel. */
export function told(
  events: readonly Event[],
  errnoName: (errno: number) => string,
): { asked: Asked; tools: readonly ToolRun[] } {
  const asked = new Map<number, string[]>();
  const tools: ToolRun[] = [];
  const add = (pid: number, line: string) => asked.set(pid, [...(asked.get(pid) ?? []), line]);
  for (const event of attributed(events)) {
    const { channel, call, args, argv, bytes, input = '', result, errno, who } = event;
    const value = errno === undefined ? String(result) : `-1 ${errnoName(errno)}`;
    if (channel === 'ip' || channel === 'nft')
      tools.push({ words: quoted([call, ...args.split(' ')]), input: escaped(input) });
    else if (channel === 'netlink') add(who, `sent ${bytes}`);
    else if (channel === 'spawn') add(result, `spawned ${quoted(argv ?? [])}`);
    else if (call === 'execve') add(who, `execve(${args.replace(/, \d+ variables$/, '')})`);
    else if (call === 'execveat') add(who, `execveat(${/\[.*\](?=, \[\])/.exec(args)?.[0] ?? 'argv'})`);
    else if (MOVES.has(call) && !(call === 'clone' && args === 'SIGCHLD'))
      add(who, `${call}(${sorted(args)}) = ${value}`);
  }
  return { asked, tools };
}

const MOVES = new Set(['unshare', 'setns', 'clone', 'mount', 'umount2', 'pivot_root', 'sethostname']);

function quoted(words: readonly string[]): string {
  return `[${words.map((word) => `"${escaped(word)}"`).join(', ')}]`;
}

/** As strace shows a string. */
function escaped(text: string): string {
  return text.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\t', '\\t');
}
