import { closeSync, openSync } from 'node:fs';
import { enter } from '../../ns/window.ts';
import { sethostname } from '../../sys/syscalls.ts';
import type { Bench } from '../bench.ts';

/** Gives the uts namespace of a pod another host name. */
export async function rename(bench: Bench, role: string, name: string): Promise<void> {
  const { kernel } = await bench.doors();
  const fd = openSync(`/proc/${bench.pid(role)}/ns/uts`, 'r');
  try {
    enter(kernel, { join: [['uts', fd]] }, () => sethostname(kernel, name));
  } finally {
    closeSync(fd);
  }
}
