import { readdirSync, statSync } from 'node:fs';
import { readMaybe, readProcLink, readStat } from '../../sys/procfs.ts';
import { each } from '../compared-pod.ts';
import type { Fact } from '../fact.ts';
import { identitiesOf, relation } from '../relation.ts';
import { field } from './field.ts';

/** What kind of process each of them is. */
export const PROCESSES: readonly Fact[] = [
  {
    id: 'pid 1',
    asks: 'which number has it for itself? whoever is 1 must reap the orphans',
    by: 'NSpid in /proc/PID/status',
    read: ({ pids }) =>
      each(pids, (pid) => (field(pid, 'NSpid').split(/\s+/).at(-1) === '1' ? 'is PID 1' : 'is one of many')),
  },
  {
    id: 'parent',
    asks: 'who started it, and will know how it ends?',
    by: '/proc/PID/stat',
    read: ({ pids }) => each(pids, (pid) => readStat(readStat(pid)?.parent ?? 0)?.comm ?? 'nobody here'),
  },
  {
    id: 'control group',
    asks: 'whose control group?',
    by: '/proc/PID/cgroup',
    read({ pids }) {
      const group = (pid: number | 'self') => readMaybe(`/proc/${pid}/cgroup`);
      return each(pids, (_, role) =>
        relation(
          role,
          identitiesOf(pids, (pid) => group(pid)),
          group('self'),
        ),
      );
    },
  },
  {
    id: 'oom score',
    asks: 'how soon is it killed when memory is short?',
    by: '/proc/PID/oom_score_adj',
    read: ({ pids }) => each(pids, (pid) => readMaybe(`/proc/${pid}/oom_score_adj`)?.trim() ?? 'unknown'),
  },
  {
    id: 'rlimits',
    asks: 'which limits of its own? (soft and hard)',
    by: '/proc/PID/limits',
    read: ({ pids }) => each(pids, (pid) => limitsOf(pid)),
  },
  {
    id: 'environment',
    asks: 'which variables? (their names, never what they say)',
    by: '/proc/PID/environ',
    read: ({ pids }) =>
      each(pids, (pid) => {
        const all = (readMaybe(`/proc/${pid}/environ`) ?? '').split('\0');
        return (
          all
            .flatMap((pair) => /^[^=]+(?==)/.exec(pair)?.[0] ?? [])
            .sort()
            .join(' ') || 'none'
        );
      }),
  },
  {
    id: 'stdio',
    asks: 'where do its first three descriptors lead?',
    by: 'readlink /proc/PID/fd/0 …',
    read: ({ pids }) =>
      each(pids, (pid) => [0, 1, 2].map((fd) => kindOf(`/proc/${pid}/fd/${fd}`)).join(', ')),
  },
  {
    id: 'other descriptors',
    asks: 'what else does it have open? (kinds)',
    by: 'readlink /proc/PID/fd/*',
    read: ({ pids }) =>
      each(pids, (pid) => {
        const links = descriptors(pid).map((fd) => kindOf(`/proc/${pid}/fd/${fd}`));
        return [...new Set(links)].sort().join(', ') || 'nothing';
      }),
  },
];

const LIMITS = {
  'open files': 'files',
  processes: 'processes',
  'locked memory': 'locked',
  'core file size': 'core',
};

function limitsOf(pid: number): string {
  const text = readMaybe(`/proc/${pid}/limits`) ?? '';
  return Object.entries(LIMITS)
    .map(([name, word]) => {
      const [, soft, hard] = new RegExp(`^Max ${name} +(\\S+) +(\\S+)`, 'm').exec(text) ?? [];
      return `${word} ${soft === hard ? soft : `${soft}..${hard}`}`;
    })
    .join(', ');
}

function descriptors(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).filter((fd) => Number(fd) > 2);
}

/** What a link of /proc/PID/fd leads to, without what is of this run alone. */
export function kindOf(path: string): string {
  const link = readProcLink(path);
  if (link === undefined) return 'closed';
  // Whoever reads from inside a chroot sees the way from the real root on: `/srv/chroot/dev/null`.
  const [device] = /\/dev\/.*$/.exec(link) ?? [];
  if (device !== undefined && isDevice(path)) return device;
  return /^(?:anon_inode:\[?([a-z]+)|(pipe|socket):)/.exec(link)?.slice(1).find(Boolean) ?? 'a file';
}

function isDevice(path: string): boolean {
  try {
    return statSync(path).isCharacterDevice();
  } catch {
    return false;
  }
}
