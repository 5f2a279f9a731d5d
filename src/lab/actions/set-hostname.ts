import { closeSync, openSync } from 'node:fs';
import { enter } from '../../ns/window.ts';
import { sethostname } from '../../sys/syscalls.ts';
import type { LabSession } from '../lab-session.ts';

/** Sets the host name in the uts namespace of a role. */
export async function setHostname(session: LabSession, role: string, name: string): Promise<void> {
  const { kernel } = await session.host();
  const fd = openSync(`/proc/${session.pid(role)}/ns/uts`, 'r');
  try {
    enter(kernel, { join: [['uts', fd]] }, () => sethostname(kernel, name));
  } finally {
    closeSync(fd);
  }
}
