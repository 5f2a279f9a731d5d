import { statfsSync } from 'node:fs';
import { eachRole } from '../compared-pod.ts';
import type { Fact } from '../fact.ts';
import { runInside } from '../run-inside.ts';
import { memoryOf } from './namespaces.ts';

/** Settings of a network namespace that engines change; the others keep the kernel's default. */
const OF_NET = [
  'net/ipv4/ip_unprivileged_port_start',
  'net/ipv4/ping_group_range',
  'net/ipv4/ip_forward',
  'net/ipv4/conf/all/rp_filter',
  'net/ipv6/conf/all/disable_ipv6',
  'net/ipv6/conf/eth0/disable_ipv6',
  'net/core/somaxconn',
];

const OF_IPC = ['kernel/msgmax', 'kernel/msgmnb', 'kernel/shmmni', 'fs/mqueue/msg_max'];

/** Kernel settings of the shared namespaces. */
export const SETTINGS: readonly Fact[] = [
  ...[...OF_NET, ...OF_IPC].map(
    (path): Fact => ({
      id: path.replaceAll('/', '.'),
      asks: `what is ${path.replaceAll('/', '.')}?`,
      by: `nsenter --net --ipc cat /proc/sys/${path}`,
      read: ({ pids }) =>
        runInside(pids.pause, ['net', 'ipc'], ['cat', `/proc/sys/${path}`]).then(
          (text) => text.trim().replace(/\s+/g, ' '),
          () => 'not there',
        ),
    }),
  ),
  {
    id: 'shm size',
    asks: 'how large is the shared memory?',
    by: 'statfs /proc/PID/root/dev/shm',
    read: ({ pids }) =>
      eachRole(pids, (pid) => {
        const memory = memoryOf(pid);
        if (!memory) return 'none';
        const { blocks, bsize } = statfsSync(memory.path);
        return `${(blocks * bsize) / 1024 / 1024} MiB`;
      }),
  },
];
