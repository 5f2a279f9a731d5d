import { referencePath } from '../observe/reference.ts';
import { scanProc } from '../observe/scan-proc.ts';
import { OperationError } from '../sys/errors.ts';
import { type Instance, isHere, pidNamespace, sharesNetwork, shownPidNamespace } from '../sys/instance.ts';
import { showsOurPids } from '../sys/procfs.ts';
import type { Host } from './host.ts';

/**
 * Refuses to change a state directory from a network or pid namespace that it does not belong to: its links, tables and
 * processes are there, and what has their names here is another's. Not refused is what has lost its namespace, by a boot or
 * with its last process (`isAlive` asks the locks of the holders, which every pid namespace sees): only records are left of
 * it, and they may be removed from anywhere.
 */
export function refuseElsewhere(
  host: Pick<Host, 'instance'>,
  root: string,
  recorded: Instance,
  isAlive: () => boolean,
): void {
  const current = host.instance(root);
  if (recorded.bootId !== current.bootId) return;
  if (recorded.pidns !== current.pidns && isAlive())
    throw elsewhere(root, `pid:[${recorded.pidns}]`, `pid:[${current.pidns}]`, '-t PID --pid --mount');
  refuseForeignProc();
  if (isHere(recorded, current)) return;
  // Under the very inode that is ours now, a namespace with another cookie is gone.
  if (sharesNetwork(recorded, current) || recorded.netns === current.netns) return;
  const [reference] = scanProc(['net', 'mnt']).namespaces.get(recorded.netns)?.references ?? [];
  if (!reference) return;
  const path = referencePath(reference, 'net') ?? '/proc/PID/ns/net';
  throw elsewhere(root, `net:[${recorded.netns}]`, `net:[${current.netns}]`, `--net=${path}`);
}

/** Refuses to change anything where /proc is of another pid namespace: what it shows under a number is not what a signal reaches. */
export function refuseForeignProc(): void {
  if (showsOurPids()) return;
  throw new OperationError(
    `/proc shows the processes of pid:[${shownPidNamespace()}], and this process is in pid:[${pidNamespace()}]`,
    { hint: 'enter with the mounts: nsenter -t PID --pid --mount nslab …, or unshare --mount-proc' },
  );
}

function elsewhere(root: string, recorded: string, current: string, option: string): OperationError {
  return new OperationError(
    `${root} belongs to the namespace ${recorded}, and this process is in ${current}`,
    {
      hint: `change it from there: nsenter ${option} nslab …`,
    },
  );
}
