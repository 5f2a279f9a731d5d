import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Files } from '../sys/files.ts';

/** Where a workload finds busybox's applets, in its private root. */
export const APPLETS = '/run/busybox';

/** The programs that every workload can count on, the machine's own first. */
export const SEARCH_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * The shim's option that fills a directory with links to busybox, one for each applet: a small machine may have no
 * `wget`, and a pod wants to try its network. None where busybox is not installed.
 */
export function appletOptions(files: Files, list: string): string[] {
  const busybox = busyboxPath();
  if (busybox === undefined) return [];
  if (!existsSync(list)) files.replace(list, `${applets(busybox).join('\n')}\n`);
  return ['--applets', `${busybox}:${APPLETS}:${list}`];
}

/** Removes the list, and what somebody who was killed while he wrote it has left. */
export function removeApplets(files: Files, list: string): void {
  const directory = dirname(list);
  if (!existsSync(directory)) return;
  for (const name of readdirSync(directory)) {
    if (name === basename(list) || name.startsWith(`${basename(list)}.`)) files.remove(join(directory, name));
  }
}

/** Where this machine has busybox. */
export function busyboxPath(): string | undefined {
  return ['/bin/busybox', '/usr/bin/busybox'].find((path) => existsSync(path));
}

/** What a busybox can do under its own name. It is asked once. */
export function applets(busybox: string): readonly string[] {
  known ??= execFileSync(busybox, ['--list'], { encoding: 'utf8' }).trim().split('\n');
  return known;
}

let known: readonly string[] | undefined;
