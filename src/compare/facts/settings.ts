import { statfsSync } from 'node:fs';
import { each } from '../compared-pod.ts';
import type { Fact } from '../fact.ts';
import { inside } from '../inside.ts';
import { memoryOf } from './namespaces.ts';

/** Settings of the network namespace that an engine may have changed: the rest is as the kernel makes it. */
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

/** What is set in the namespaces that they share. */
export const SETTINGS: readonly Fact[] = [
  ...[...OF_NET, ...OF_IPC].map(
    (path): Fact => ({
      id: path.replaceAll('/', '.'),
      asks: `what is ${path.replaceAll('/', '.')}?`,
      by: `nsenter --net --ipc cat /proc/sys/${path}`,
      read: ({ pids }) =>
        inside(pids.pause, ['net', 'ipc'], ['cat', `/proc/sys/${path}`]).then(
          (text) => text.trim().replace(/\s+/g, ' '),
          () => 'not there',
        ),
    }),
  ),
  {
    id: 'shm size',
    asks: 'how much shared memory?',
    by: 'statfs /proc/PID/root/dev/shm',
    read: ({ pids }) =>
      each(pids, (pid) => {
        const memory = memoryOf(pid);
        if (!memory) return 'none';
        const { blocks, bsize } = statfsSync(memory.path);
        return `${(blocks * bsize) / 1024 / 1024} MiB`;
      }),
  },
];
