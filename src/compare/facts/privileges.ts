import { boundingSet, capabilityNames, isEveryCapability } from '../../spec/capabilities.ts';
import { readMaybe } from '../../sys/procfs.ts';
import { eachRole } from '../compared-pod.ts';
import type { Fact } from '../fact.ts';
import { field } from './field.ts';

/** Credentials and restrictions of each process. */
export const PRIVILEGES: readonly Fact[] = [
  {
    id: 'user id',
    asks: 'as which user and group?',
    by: 'Uid, Gid in /proc/PID/status',
    read: ({ pids }) =>
      eachRole(pids, (pid) => {
        const ids = ['Uid', 'Gid'].map((name) => [...new Set(field(pid, name).split(/\s+/))].join('/'));
        return ids.join(':');
      }),
  },
  {
    id: 'groups',
    asks: 'in which supplementary groups?',
    by: 'Groups in /proc/PID/status',
    read: ({ pids }) => eachRole(pids, (pid) => field(pid, 'Groups') || 'none'),
  },
  {
    id: 'capabilities',
    asks: 'which capabilities, in each of the five sets?',
    by: 'Cap* in /proc/PID/status',
    read: ({ pids }) => eachRole(pids, (pid) => capabilitiesOf(pid)),
  },
  {
    id: 'no_new_privs',
    asks: 'can a set-user-ID program give it more privileges?',
    by: 'NoNewPrivs in /proc/PID/status',
    read: ({ pids }) => eachRole(pids, (pid) => (field(pid, 'NoNewPrivs') === '1' ? 'never' : 'yes')),
  },
  {
    id: 'seccomp',
    asks: 'are its system calls filtered?',
    by: 'Seccomp in /proc/PID/status',
    read: ({ pids }) => eachRole(pids, (pid) => MODES[Number(field(pid, 'Seccomp'))] ?? 'unknown'),
  },
  {
    id: 'apparmor',
    asks: 'which label of a security module?',
    by: '/proc/PID/attr/current',
    read: ({ pids }) =>
      eachRole(pids, (pid) => readMaybe(`/proc/${pid}/attr/current`)?.replace(/\0|\n/g, '') || 'none'),
  },
];

// include/uapi/linux/seccomp.h
const MODES = ['no', 'strictly', 'by a filter'];

const SETS = {
  CapBnd: 'bounding',
  CapPrm: 'permitted',
  CapEff: 'effective',
  CapInh: 'inheritable',
  CapAmb: 'ambient',
};

/** Groups equal sets: `bounding, permitted, effective Docker's 14; inheritable, ambient none`. */
function capabilitiesOf(pid: number): string {
  const groups = new Map<string, string[]>();
  for (const [name, word] of Object.entries(SETS)) {
    const value = describeSet(field(pid, name));
    groups.set(value, [...(groups.get(value) ?? []), word]);
  }
  return [...groups].map(([value, sets]) => `${sets.join(', ')} ${value}`).join('; ');
}

function describeSet(set: string): string {
  const names = capabilityNames(set || '0');
  const usual = capabilityNames(boundingSet({}, () => {}));
  if (names.length === 0) return 'none';
  if (isEveryCapability(names) || set === field('self', 'CapBnd')) return 'all that root has here';
  const [more, less] = [
    names.filter((name) => !usual.includes(name)),
    usual.filter((name) => !names.includes(name)),
  ];
  if (less.length > usual.length / 2) return names.join(' ');
  return [
    `Docker's ${usual.length}`,
    ...more.map((name) => `+${name}`),
    ...less.map((name) => `-${name}`),
  ].join(' ');
}
