import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Files } from '../sys/files.ts';

/** The three files by which a program learns who and where it is, as every container engine gives them. */
export const ETC_FILES = ['hosts', 'hostname', 'resolv.conf'] as const;

/** Writes them once for a pod: all workloads that join its network see the very same files. */
export function writeEtc(
  files: Files,
  directory: string,
  hostname: string,
  address: string | undefined,
): void {
  files.makeDirectory(directory);
  const hosts = ['127.0.0.1\tlocalhost', '::1\tlocalhost ip6-localhost ip6-loopback'];
  hosts.push(`${address ?? '127.0.1.1'}\t${hostname}`);
  const texts = { hosts: `${hosts.join('\n')}\n`, hostname: `${hostname}\n`, 'resolv.conf': resolvers() };
  for (const file of ETC_FILES) files.replace(join(directory, file), texts[file]);
}

/**
 * The host's name servers. A stub resolver on 127.0.0.53 is out of a pod's reach, because 127.0.0.1 is the pod itself
 * there: systemd keeps the real ones in another file.
 */
function resolvers(): string {
  const own = read('/etc/resolv.conf');
  return /^nameserver\s+127\.0\.0\.53$/m.test(own) ? read('/run/systemd/resolve/resolv.conf') || own : own;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
