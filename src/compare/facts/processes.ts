import { readdirSync, statSync } from 'node:fs';
import { readMaybe, readProcLink, readStat } from '../../sys/procfs.ts';
import { eachRole } from '../compared-pod.ts';
import type { Fact } from '../fact.ts';
import { identitiesOf, relation } from '../relation.ts';
import { field } from './field.ts';

/** Process attributes: parent, control group, limits, environment, descriptors. */
export const PROCESSES: readonly Fact[] = [
  {
    id: 'pid 1',
    asks: 'is it PID 1 of its pid namespace? PID 1 must reap orphans',
    by: 'NSpid in /proc/PID/status',
    read: ({ pids }) =>
      eachRole(pids, (pid) =>
        field(pid, 'NSpid').split(/\s+/).at(-1) === '1' ? 'is PID 1' : 'is one of many',
      ),
  },
  {
    id: 'parent',
    asks: 'which process is its parent, and receives its exit status?',
    by: '/proc/PID/stat',
    read: ({ pids }) => eachRole(pids, (pid) => readStat(readStat(pid)?.parent ?? 0)?.comm ?? 'nobody here'),
  },
  {
    id: 'control group',
    asks: 'which control group: own, joined or the host’s?',
    by: '/proc/PID/cgroup',
    read({ pids }) {
      const group = (pid: number | 'self') => readMaybe(`/proc/${pid}/cgroup`);
      return eachRole(pids, (_, role) =>
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
    asks: 'what is its OOM score adjustment?',
    by: '/proc/PID/oom_score_adj',
    read: ({ pids }) => eachRole(pids, (pid) => readMaybe(`/proc/${pid}/oom_score_adj`)?.trim() ?? 'unknown'),
  },
  {
    id: 'rlimits',
    asks: 'which resource limits? (soft and hard)',
    by: '/proc/PID/limits',
    read: ({ pids }) => eachRole(pids, (pid) => limitsOf(pid)),
  },
  {
    id: 'environment',
    asks: 'which environment variables? (names only)',
    by: '/proc/PID/environ',
    read: ({ pids }) =>
      eachRole(pids, (pid) => {
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
      eachRole(pids, (pid) => [0, 1, 2].map((fd) => kindOf(`/proc/${pid}/fd/${fd}`)).join(', ')),
  },
  {
    id: 'other descriptors',
    asks: 'which other descriptors are open? (kinds)',
    by: 'readlink /proc/PID/fd/*',
    read: ({ pids }) =>
      eachRole(pids, (pid) => {
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

/** The kind of file that a link in /proc/PID/fd leads to, without what differs from run to run. */
export function kindOf(path: string): string {
  const link = readProcLink(path);
  if (link === undefined) return 'closed';
  // Read from inside a chroot, the path starts at the real root: `/srv/chroot/dev/null`.
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
