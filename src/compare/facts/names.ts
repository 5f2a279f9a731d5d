import { statSync } from 'node:fs';
import { readMaybe } from '../../sys/procfs.ts';
import { type ComparedPod, eachRole, joinerPid, withPlaceholders } from '../compared-pod.ts';
import type { Fact } from '../fact.ts';
import { identitiesOf, relation } from '../relation.ts';
import { runInside } from '../run-inside.ts';

const FILES = ['hosts', 'hostname', 'resolv.conf'] as const;

/** Host names, and the files in /etc that hold names. */
export const NAMES: readonly Fact[] = [
  {
    id: 'hostname',
    asks: 'what is its host name?',
    by: 'nsenter --uts hostname',
    read: (pod) => eachRole(pod.pids, async (pid) => withPlaceholders(await hostnameOf(pid), pod)),
  },
  {
    id: 'etc',
    asks: `are /etc/${FILES.join(', /etc/')} its own or shared? the same device and inode is the same file`,
    by: 'stat /proc/PID/root/etc/…',
    async read({ pids }) {
      const owners = FILES.map((file) => {
        const identity = (pid: number | 'self') => {
          const found = statSync(`/proc/${pid}/root/etc/${file}`, { throwIfNoEntry: false });
          return found && `${found.dev}:${found.ino}`;
        };
        const all = identitiesOf(pids, identity);
        return eachRole(pids, (_, role) => relation(role, all, identity('self')));
      });
      const [first, ...others] = await Promise.all(owners);
      return others.every((other) => other === first)
        ? (first ?? '')
        : FILES.map((file, index) => `${file}: ${[first, ...others][index]}`).join('; ');
    },
  },
  {
    id: 'etc/hosts',
    asks: 'what is in /etc/hosts?',
    by: 'cat /proc/PID/root/etc/hosts',
    async read(pod) {
      const name = (await hostnameOf(joinerPid(pod))).trim();
      const lines = linesOf(pod, 'hosts').map((words) =>
        words.includes(name) ? 'ADDRESS NAME' : words.join(' '),
      );
      return lines.join('; ');
    },
  },
  {
    id: 'etc/hostname',
    asks: 'does /etc/hostname contain the host name?',
    by: 'cat /proc/PID/root/etc/hostname',
    async read(pod) {
      const name = linesOf(pod, 'hostname')[0]?.[0];
      return name === (await hostnameOf(joinerPid(pod)))
        ? 'the host name'
        : `another name: ${name ?? 'none'}`;
    },
  },
  {
    id: 'etc/resolv.conf',
    asks: 'which name servers and search domains?',
    by: 'cat /proc/PID/root/etc/resolv.conf',
    read(pod) {
      const servers = (lines: string[][]) =>
        lines.filter(([word]) => word === 'nameserver' || word === 'search').map((words) => words.join(' '));
      const own = servers(linesOf(pod, 'resolv.conf'));
      const hosts = servers(parsed(readMaybe('/etc/resolv.conf') ?? ''));
      const isSame = (lines: readonly string[]) => own.join() === lines.join();
      if (isSame(hosts)) return 'those of this host';
      if (isSame(hosts.filter((line) => !/^nameserver .*:/.test(line))))
        return 'those of this host, without IPv6';
      return `others: ${own.join(', ') || 'none'}`;
    },
  },
];

async function hostnameOf(pid: number): Promise<string> {
  return (await runInside(pid, ['uts'], ['hostname'])).trim();
}

/** The words of each line of a file that the first joining container reads, without comments. */
function linesOf(pod: ComparedPod, file: (typeof FILES)[number]): string[][] {
  return parsed(readMaybe(`/proc/${joinerPid(pod)}/root/etc/${file}`) ?? '');
}

function parsed(text: string): string[][] {
  return text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim().split(/\s+/))
    .filter(([first]) => first !== '');
}
