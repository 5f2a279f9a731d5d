import { kill } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { namespaceAt, sameNamespace } from '../ns/namespace.ts';
import { OperationError } from '../sys/errors.ts';
import { identify, isRunning, type ProcessIdentity } from '../sys/procfs.ts';
import type { Pids, Role } from './compared-pod.ts';
import type { FactInfo, Values } from './fact.ts';
import { linksOf } from './facts/links.ts';

/** Facts that need a disposable pod, read last: nginx and pause are killed and restarted. */
export const RESTART_FACTS: readonly FactInfo[] = [
  {
    id: 'app dies',
    asks: 'nginx is killed: what happens to busybox?',
    by: 'kill -KILL; nsenter --net ip link',
  },
  { id: 'app returns', asks: 'nginx is restarted: in which network namespace?', by: 'stat /proc/PID/ns/net' },
  {
    id: 'pause dies',
    asks: 'pause is killed: what happens to busybox?',
    by: 'kill -KILL; nsenter --net ip link',
  },
  {
    id: 'pause returns',
    asks: 'pause is restarted: in which network namespace?',
    by: 'stat /proc/PID/ns/net',
  },
];

/** A pod that was made for the comparison and may be killed. */
export interface DisposablePod {
  readonly pids: Pids;
  /** Kills one process; resolves when the engine has handled its end. */
  kill(role: Role): Promise<void>;
  /** Restarts one as users of the engine do, and returns its new pid. Throws when the engine refuses. */
  restart(role: Role): Promise<number>;
}

/** Kills and restarts nginx, then pause, and records what becomes of busybox. */
export async function tryRestarts({ pids, ...pod }: DisposablePod): Promise<Values> {
  const { busybox = 0 } = pids;
  const restarted = async (role: Role) => {
    try {
      return networkOf(await pod.restart(role), busybox);
    } catch (error) {
      if (error instanceof OperationError) return 'it is refused';
      throw error;
    }
  };
  await pod.kill('nginx');
  const appDies = await stateAfterKill(busybox);
  const appReturns = await restarted('nginx');
  await pod.kill('pause');
  const pauseDies = await stateAfterKill(busybox);
  return {
    'app dies': appDies,
    'app returns': appReturns,
    'pause dies': pauseDies,
    'pause returns': await restarted('pause'),
  };
}

async function stateAfterKill(pid: number): Promise<string> {
  const process = identify(pid);
  if (!process || !isRunning(process)) return 'it ends, too';
  const links = (await linksOf(pid)).map(({ ifname }) => ifname);
  return `it goes on, with ${links.join(', ')}`;
}

function networkOf(pid: number, other: number): string {
  const [first, second] = [pid, other].map((each) => namespaceAt(`/proc/${each}/ns/net`));
  return sameNamespace(first, second) ? 'in that of the others' : 'in a new one, without the others';
}

/** Sends KILL and waits until the process has ended. Its parent may reap it later. */
export async function killAndWait(process: ProcessIdentity | undefined): Promise<void> {
  if (!process || !isRunning(process)) return;
  kill(process.pid, 'SIGKILL');
  while (isRunning(process)) await sleep(5);
}
