import { readdirSync } from 'node:fs';
import { identify, type ProcessIdentity, readProcLink } from '../sys/procfs.ts';

/**
 * The processes that have a file open under this descriptor. A holder has its `alive` lock as 4, a shim its status
 * record: so they are found even when what was written about them is lost.
 */
export function openersOf(path: string, descriptor: number): ProcessIdentity[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids
    .filter((pid) => readProcLink(`/proc/${pid}/fd/${descriptor}`) === path)
    .flatMap((pid) => identify(Number(pid)) ?? []);
}
