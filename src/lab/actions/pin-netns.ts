import type { LabSession } from '../lab-session.ts';
import { runAlone } from './run-alone.ts';

/** Starts a process whose mount namespace has a bind mount of another role's network namespace. Returns the path of the mount. */
export async function pinNetns(session: LabSession, role: string, pinned: string): Promise<string> {
  await runAlone(session, role, ['sleep', '1000']);
  const steps = [
    'mkdir /run/host',
    // Its own /proc shows only its own pid namespace.
    'mount -t proc proc /run/host',
    'touch /run/kept',
    `mount --bind /run/host/${session.pid(pinned)}/ns/net /run/kept`,
    'umount /run/host',
  ];
  await session.shell([`nsenter --target ${session.pid(role)} --mount sh -ec '${steps.join('; ')}'`]);
  return `/proc/${session.pid(role)}/root/run/kept`;
}
