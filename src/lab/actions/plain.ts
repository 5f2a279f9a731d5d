import type { LabSession } from '../lab-session.ts';
import { kill } from './kill.ts';

/** A process of this machine, in no namespace of its own: it sleeps, and ends with us however we end. */
export async function plain(session: LabSession, role: string): Promise<void> {
  const { spawn } = await session.host();
  const { pid } = spawn({
    file: '/usr/bin/setpriv',
    argv: ['setpriv', '--pdeathsig', 'KILL', 'sleep', '1000'],
    stdio: ['ignore', 'ignore', 'ignore'],
    env: { PATH: '/usr/bin:/bin' },
    bornInto: "the host's namespaces",
    session: 'own',
  });
  session.cast(role, pid);
  session.later(() => kill(session, role));
}
