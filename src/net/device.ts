import { existsSync } from 'node:fs';

/**
 * Whether this thread's network namespace has a device of that name. /proc/sys shows the reader's own namespace, where
 * /sys may show another one's; and it takes as long with a thousand devices as with one. proc_sys_net(5)
 */
export function deviceExists(name: string): boolean {
  return existsSync(`/proc/sys/net/ipv4/conf/${name}`);
}
