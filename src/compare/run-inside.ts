import { KINDS, type Kind } from '../ns/kinds.ts';
import { commandOutput } from '../sys/command-output.ts';
import { parseToolJson } from '../sys/tool-json.ts';

/** Equivalent to: nsenter --target PID --net … COMMAND. Runs a host program in the given namespaces of `pid`; returns stdout. */
export function runInside(pid: number, kinds: readonly Kind[], command: readonly string[]): Promise<string> {
  return commandOutput('nsenter', [
    '--target',
    String(pid),
    ...kinds.map((kind) => KINDS[kind].option),
    ...command,
  ]);
}

/** The same for a program that prints JSON. */
export async function readJsonInside<T>(
  pid: number,
  kinds: readonly Kind[],
  command: readonly string[],
): Promise<T[]> {
  const objects = parseToolJson<T[]>((await runInside(pid, kinds, command)) || '[]');
  // Old versions of iproute2 print an empty list as `[{}]`.
  return objects.filter((object) => Object.keys(object as object).length > 0);
}
