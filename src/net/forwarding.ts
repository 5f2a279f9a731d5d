import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Files } from '../sys/files.ts';
import type { Sysctl } from '../sys/sysctl.ts';

/** The values that host settings had before nslab changed them, by path below /proc/sys. */
type Prior = Record<string, string>;

const FILE = '.prior';

/**
 * Lets packets pass between the pods and the outside. The flag of a packet's *input* device counts: ours for what
 * leaves, and the default route's for the answers. Setting `ip_forward` instead would reset every interface's
 * `accept_redirects`, and an administrator's choice with it.
 *
 * What was there before is written down first, once for all networks, and put back when the last of them goes.
 */
export function allowForwarding(
  host: { sysctl: Sysctl; files: Files },
  networks: string,
  devices: readonly string[],
): void {
  for (const device of devices) {
    const path = `net/ipv4/conf/${device}/forwarding`;
    const before = host.sysctl.read(path);
    if (before === undefined || before === '1') continue;
    const prior = readPrior(networks);
    host.files.replace(join(networks, FILE), JSON.stringify({ [path]: before, ...prior }));
    host.sysctl.write(path, '1');
  }
}

/** Puts back what was recorded. Twice is fine; a device that is gone took its setting with it. */
export function restoreForwarding(host: { sysctl: Sysctl; files: Files }, networks: string): void {
  for (const [path, value] of Object.entries(readPrior(networks))) {
    if (host.sysctl.read(path) !== undefined) host.sysctl.write(path, value);
  }
  host.files.remove(join(networks, FILE));
}

function readPrior(networks: string): Prior {
  try {
    return JSON.parse(readFileSync(join(networks, FILE), 'utf8')) as Prior;
  } catch {
    return {};
  }
}

/** Forgets what was recorded under an earlier boot. */
export function forgetForwarding({ files }: { files: Files }, networks: string): void {
  files.remove(join(networks, FILE));
}
