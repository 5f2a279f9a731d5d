import { NETNS_DIRECTORY, namespaceAt } from '../ns/namespace.ts';
import { isPod } from '../pod/store.ts';
import { findTarget, runningProcess } from '../pod/target.ts';
import { InputError, OperationError } from '../sys/errors.ts';
import { parseNumber } from '../sys/number.ts';

/** The inode of the network namespace that FROM means: `host`, a path, a pid, a pod or workload, or a name of `ip netns`. */
export function sourceNetns(root: string, from: string): number {
  const path = netnsPath(root, from);
  if (path === undefined)
    throw new InputError(`no pod, workload or network namespace is called "${from}"`, { hint: FROM });
  const found = namespaceAt(path);
  if (!found) throw new OperationError(`there is no network namespace ${path}`, { hint: FROM });
  return found.inode;
}

/** The same as a path; undefined where nothing is called so. */
export function netnsPath(root: string, from: string): string | undefined {
  if (from === 'host') return '/proc/thread-self/ns/net';
  if (from.startsWith('/')) return from;
  const pid = parseNumber(from, 'pid');
  if (pid !== undefined) return `/proc/${pid}/ns/net`;
  if (isPod(root, from.split('/')[0] ?? ''))
    return `/proc/${runningProcess(findTarget(root, from)).pid}/ns/net`;
  return namespaceAt(`${NETNS_DIRECTORY}/${from}`) ? `${NETNS_DIRECTORY}/${from}` : undefined;
}

export const FROM = 'POD, POD/WORKLOAD, host, a name of `ip netns`, a pid, or a path: /proc/PID/ns/net';

/** What root is needed for. */
export const PROBES = 'a probe is sent and watched inside of network namespaces';
