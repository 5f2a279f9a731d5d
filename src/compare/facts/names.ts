import { statSync } from 'node:fs';
import { readMaybe } from '../../sys/procfs.ts';
import { type ComparedPod, each, joinerOf, withMeanings } from '../compared-pod.ts';
import type { Fact } from '../fact.ts';
import { inside } from '../inside.ts';
import { identitiesOf, relation } from '../relation.ts';

const FILES = ['hosts', 'hostname', 'resolv.conf'] as const;

/** What the three are called, and by which files they know that. */
export const NAMES: readonly Fact[] = [
  {
    id: 'hostname',
    asks: 'which host name?',
    by: 'nsenter --uts hostname',
    read: (trio) => each(trio.pids, async (pid) => withMeanings(await hostnameOf(pid), trio)),
  },
  {
    id: 'etc',
    asks: `whose /etc/${FILES.join(', /etc/')}? one file is one device and inode`,
    by: 'stat /proc/PID/root/etc/…',
    async read({ pids }) {
      const whose = FILES.map((file) => {
        const identity = (pid: number | 'self') => {
          const found = statSync(`/proc/${pid}/root/etc/${file}`, { throwIfNoEntry: false });
          return found && `${found.dev}:${found.ino}`;
        };
        const all = identitiesOf(pids, identity);
        return each(pids, (_, role) => relation(role, all, identity('self')));
      });
      const [first, ...others] = await Promise.all(whose);
      return others.every((other) => other === first)
        ? (first ?? '')
        : FILES.map((file, at) => `${file}: ${[first, ...others][at]}`).join('; ');
    },
  },
  {
    id: 'etc/hosts',
    asks: 'what does /etc/hosts say?',
    by: 'cat /proc/PID/root/etc/hosts',
    async read(trio) {
      const name = (await hostnameOf(joinerOf(trio))).trim();
      const lines = linesOf(trio, 'hosts').map((words) =>
        words.includes(name) ? 'ADDRESS NAME' : words.join(' '),
      );
      return lines.join('; ');
    },
  },
  {
    id: 'etc/hostname',
    asks: 'does /etc/hostname say the host name?',
    by: 'cat /proc/PID/root/etc/hostname',
    async read(trio) {
      const said = linesOf(trio, 'hostname')[0]?.[0];
      return said === (await hostnameOf(joinerOf(trio)))
        ? 'the host name'
        : `another name: ${said ?? 'none'}`;
    },
  },
  {
    id: 'etc/resolv.conf',
    asks: 'which name servers?',
    by: 'cat /proc/PID/root/etc/resolv.conf',
    read(trio) {
      const servers = (lines: string[][]) =>
        lines.filter(([word]) => word === 'nameserver' || word === 'search').map((words) => words.join(' '));
      const [own, hosts] = [linesOf(trio, 'resolv.conf'), parsed(readMaybe('/etc/resolv.conf') ?? '')].map(
        servers,
      );
      return own?.join() === hosts?.join() ? 'those of this host' : `others: ${own?.join(', ') || 'none'}`;
    },
  },
];

async function hostnameOf(pid: number): Promise<string> {
  return (await inside(pid, ['uts'], ['hostname'])).trim();
}

/** The words of a file that one of them reads, without its comments. */
function linesOf(trio: ComparedPod, file: (typeof FILES)[number]): string[][] {
  return parsed(readMaybe(`/proc/${joinerOf(trio)}/root/etc/${file}`) ?? '');
}

function parsed(text: string): string[][] {
  return text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim().split(/\s+/))
    .filter(([first]) => first !== '');
}
