import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { APPLETS } from '../spec/search-path.ts';
import { busyboxApplets, busyboxPath } from '../sys/busybox.ts';
import { directoryEntries } from '../sys/directory-entries.ts';
import type { Files } from '../sys/files.ts';

/**
 * The shim's option that fills a directory with links to busybox, one for each applet: a small machine may have no
 * `wget`, and a pod wants to try its network. None where busybox is not installed.
 */
export function appletOptions(files: Files, list: string): string[] {
  const busybox = busyboxPath();
  if (busybox === undefined) return [];
  if (!existsSync(list)) files.replace(list, `${busyboxApplets(busybox).join('\n')}\n`);
  return ['--applets', `${busybox}:${APPLETS}:${list}`];
}

/** Removes the list, and the drafts of writers that were killed. */
export function removeApplets(files: Files, list: string): void {
  const directory = dirname(list);
  for (const name of directoryEntries(directory)) {
    if (name === basename(list) || name.startsWith(`${basename(list)}.`)) files.remove(join(directory, name));
  }
}
