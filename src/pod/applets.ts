import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Files } from '../sys/files.ts';

/** Where a workload finds busybox's applets, in its private root. */
export const APPLETS = '/run/busybox';

/** The programs that every workload can count on, the machine's own first. */
export const SEARCH_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * The shim's option that fills a directory with links to busybox, one for each applet: a small machine may have no
 * `wget`, and a pod wants to try its network. None where busybox is not installed.
 */
export function appletOptions(files: Files, directory: string): string[] {
  const busybox = ['/bin/busybox', '/usr/bin/busybox'].find((path) => existsSync(path));
  if (busybox === undefined) return [];
  const list = join(directory, 'applets');
  if (!existsSync(list)) files.replace(list, execFileSync(busybox, ['--list'], { encoding: 'utf8' }));
  return ['--applets', `${busybox}:${APPLETS}:${list}`];
}
