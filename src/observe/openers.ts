import { readdirSync } from 'node:fs';
import { identify, type ProcessIdentity, readProcLink } from '../sys/procfs.ts';

/**
 * The processes that have a file open under this descriptor. A holder has its `alive` lock as 4, a shim its status
 * record: so they are found even when what was written about them is lost, or the file itself was removed.
 */
export function openersOf(path: string, descriptor: number): ProcessIdentity[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids
    .filter((pid) =>
      [path, `${path} (deleted)`].includes(readProcLink(`/proc/${pid}/fd/${descriptor}`) ?? ''),
    )
    .flatMap((pid) => identify(Number(pid)) ?? []);
}
