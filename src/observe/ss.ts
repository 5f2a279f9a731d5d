import { commandOutput } from '../sys/command-output.ts';

/** The local addresses of the listening TCP sockets in a process's network namespace. Equivalent to: `nsenter --net ss -Hltn`. */
export async function listeningAddresses(pid: number): Promise<string[]> {
  const text = await commandOutput('nsenter', [
    '--target',
    String(pid),
    '--net',
    'ss',
    '-H',
    '-l',
    '-t',
    '-n',
  ]);
  return text.split('\n').flatMap((line) => line.trim().split(/\s+/)[3] ?? []);
}
