import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** The path of this machine's busybox; undefined where it is not installed. */
export function busyboxPath(): string | undefined {
  return ['/bin/busybox', '/usr/bin/busybox'].find((path) => existsSync(path));
}

/** The applets of a busybox. It is asked once a process. */
export function busyboxApplets(busybox: string): readonly string[] {
  known ??= execFileSync(busybox, ['--list'], { encoding: 'utf8' }).trim().split('\n');
  return known;
}

let known: readonly string[] | undefined;
