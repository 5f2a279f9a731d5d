import { KINDS, type Kind } from '../ns/kinds.ts';
import { commandOutput } from '../sys/command-output.ts';
import { parseToolJson } from '../sys/tool-json.ts';

/** What a program of this machine says in some namespaces of a process, whichever programs that one sees itself. */
export function inside(pid: number, kinds: readonly Kind[], command: readonly string[]): Promise<string> {
  return commandOutput('nsenter', [
    '--target',
    String(pid),
    ...kinds.map((kind) => KINDS[kind].option),
    ...command,
  ]);
}

/** The same of one that prints JSON. */
export async function askedInside<T>(
  pid: number,
  kinds: readonly Kind[],
  command: readonly string[],
): Promise<T[]> {
  const objects = parseToolJson<T[]>((await inside(pid, kinds, command)) || '[]');
  // `[{}]` is how old versions of iproute2 write an empty list.
  return objects.filter((object) => Object.keys(object as object).length > 0);
}
