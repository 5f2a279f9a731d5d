import type { LabSession } from '../lab-session.ts';
import { kill } from './kill.ts';

/** Starts a process in the host's namespaces. It sleeps, and the kernel kills it when this process ends. */
export async function startPlainProcess(session: LabSession, role: string): Promise<void> {
  session.assign(
    role,
    await startTool(session, ['sleep', '1000'], 'a process without a namespace of its own'),
  );
  session.addUndo(() => kill(session, role));
}

/** Starts a program of this machine in the host's namespaces. The kernel kills it when this process ends. Returns its pid. */
export async function startTool(
  session: LabSession,
  command: readonly string[],
  purpose: string,
): Promise<number> {
  const { spawn } = await session.host();
  const { pid } = spawn({
    file: '/usr/bin/setpriv',
    argv: ['setpriv', '--pdeathsig', 'KILL', ...command],
    stdio: ['ignore', 'ignore', 'ignore'],
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    purpose,
    bornInto: "the host's namespaces",
    equivalent: `${command.join(' ')} &`,
    session: 'own',
  });
  return pid;
}
