import type { Bench } from '../bench.ts';
import { kill } from './kill.ts';

/** A process of this machine, in no namespace of its own: it sleeps, and ends with us however we end. */
export async function plain(bench: Bench, role: string): Promise<void> {
  const { spawn } = await bench.doors();
  const { pid } = spawn({
    file: '/usr/bin/setpriv',
    argv: ['setpriv', '--pdeathsig', 'KILL', 'sleep', '1000'],
    stdio: ['ignore', 'ignore', 'ignore'],
    env: { PATH: '/usr/bin:/bin' },
    bornInto: "the host's namespaces",
    session: 'own',
  });
  bench.cast(role, pid);
  bench.later(() => kill(bench, role));
}
