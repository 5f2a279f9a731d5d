import { kill } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { namespaceAt, sameNamespace } from '../ns/namespace.ts';
import { OperationError } from '../sys/errors.ts';
import { identify, isRunning, type ProcessIdentity } from '../sys/procfs.ts';
import type { Pids, Role } from './compared-pod.ts';
import type { Asked, Values } from './fact.ts';
import { linksOf } from './facts/links.ts';

/** What is tried last, of a pod that was made for it: two of the three are killed, and started again. */
export const RESTARTS: readonly Asked[] = [
  { id: 'app dies', asks: 'nginx is killed: what of busybox?', by: 'kill -KILL; nsenter --net ip link' },
  { id: 'app returns', asks: 'nginx is started again: in whose network?', by: 'stat /proc/PID/ns/net' },
  { id: 'pause dies', asks: 'pause is killed: what of busybox?', by: 'kill -KILL; nsenter --net ip link' },
  { id: 'pause returns', asks: 'pause is started again: in whose network?', by: 'stat /proc/PID/ns/net' },
];

/** A pod that nobody needs any more. */
export interface DisposablePod {
  readonly pids: Pids;
  /** Kills one, and returns when all that follows from that has happened. */
  kill(role: Role): Promise<void>;
  /** Starts one again, as users of its engine do: its new process. Throws where that is refused. */
  again(role: Role): Promise<number>;
}

/** Tries them. */
export async function tryRestarts({ pids, ...pod }: DisposablePod): Promise<Values> {
  const { busybox = 0 } = pids;
  const returns = async (role: Role) => {
    try {
      return networkOf(await pod.again(role), busybox);
    } catch (error) {
      if (error instanceof OperationError) return 'it is refused';
      throw error;
    }
  };
  await pod.kill('nginx');
  const appDies = await lotOf(busybox);
  const appReturns = await returns('nginx');
  await pod.kill('pause');
  const pauseDies = await lotOf(busybox);
  return {
    'app dies': appDies,
    'app returns': appReturns,
    'pause dies': pauseDies,
    'pause returns': await returns('pause'),
  };
}

async function lotOf(pid: number): Promise<string> {
  const process = identify(pid);
  if (!process || !isRunning(process)) return 'it ends, too';
  const links = (await linksOf(pid)).map(({ ifname }) => ifname);
  return `it goes on, with ${links.join(', ')}`;
}

function networkOf(pid: number, other: number): string {
  const [its, others] = [pid, other].map((each) => namespaceAt(`/proc/${each}/ns/net`));
  return sameNamespace(its, others) ? 'in that of the others' : 'in a new one, without the others';
}

/** Kills this very process, and waits until it has ended: whoever is to reap it may take longer. */
export async function killed(process: ProcessIdentity | undefined): Promise<void> {
  if (!process || !isRunning(process)) return;
  kill(process.pid, 'SIGKILL');
  while (isRunning(process)) await sleep(5);
}
