import { readFileSync } from 'node:fs';

/** Whether this thread's network namespace has a device of that name. /sys may show another namespace's. proc_pid_net(5) */
export function deviceExists(name: string): boolean {
  const table = readFileSync('/proc/thread-self/net/dev', 'utf8');
  return table.split('\n').some((line) => line.trimStart().startsWith(`${name}:`));
}
