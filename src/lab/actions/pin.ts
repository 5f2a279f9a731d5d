import type { LabSession } from '../lab-session.ts';
import { alone } from './run-alone.ts';

/** A process whose mount namespace has a bind mount of somebody's network namespace, and so keeps it. Gives its path. */
export async function pin(session: LabSession, role: string, whose: string): Promise<string> {
  await alone(session, role, ['sleep', '1000']);
  const steps = [
    'mkdir /run/host',
    // Its own /proc shows its own processes alone.
    'mount -t proc proc /run/host',
    'touch /run/kept',
    `mount --bind /run/host/${session.pid(whose)}/ns/net /run/kept`,
    'umount /run/host',
  ];
  await session.shell([`nsenter --target ${session.pid(role)} --mount sh -ec '${steps.join('; ')}'`]);
  return `/proc/${session.pid(role)}/root/run/kept`;
}
