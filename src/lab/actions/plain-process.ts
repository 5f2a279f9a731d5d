import type { LabSession } from '../lab-session.ts';
import { kill } from './kill.ts';

/** Starts a process in the host's namespaces. It sleeps, and the kernel kills it when this process ends. */
export async function startPlainProcess(session: LabSession, role: string): Promise<void> {
  const { spawn } = await session.host();
  const { pid } = spawn({
    file: '/usr/bin/setpriv',
    argv: ['setpriv', '--pdeathsig', 'KILL', 'sleep', '1000'],
    stdio: ['ignore', 'ignore', 'ignore'],
    env: { PATH: '/usr/bin:/bin' },
    purpose: 'a process without a namespace of its own',
    bornInto: "the host's namespaces",
    session: 'own',
  });
  session.assign(role, pid);
  session.addUndo(() => kill(session, role));
}
