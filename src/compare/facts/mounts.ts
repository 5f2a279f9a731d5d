import { statSync } from 'node:fs';
import { readMaybe } from '../../sys/procfs.ts';
import { eachRole, type Pids, type Role } from '../compared-pod.ts';
import type { Fact } from '../fact.ts';

/** The mounts that each process sees, and its volumes. */
export const MOUNTS: readonly Fact[] = [
  {
    id: 'root',
    asks: 'what is mounted as its root?',
    by: '/proc/PID/mountinfo',
    read: ({ pids }) =>
      eachRole(pids, (pid) => {
        const root = mountsOf(pid)
          .filter(({ point }) => point === '/')
          .at(-1);
        return root ? `${root.kind}, ${root.mode}` : 'out of sight';
      }),
  },
  ...['/proc', '/sys', '/dev', '/dev/shm', '/dev/mqueue', '/sys/fs/cgroup'].map(
    (path): Fact => ({
      id: `mount ${path}`,
      asks: `what is mounted at ${path}?`,
      by: '/proc/PID/mountinfo',
      read: ({ pids }) =>
        eachRole(pids, (pid) => {
          const mount = mountsOf(pid)
            .filter(({ point }) => point === path)
            .at(-1);
          return mount ? `${mount.kind}, ${mount.mode}` : 'nothing';
        }),
    }),
  ),
  {
    id: 'masked',
    asks: 'which parts of /proc and /sys are hidden or read-only?',
    by: '/proc/PID/mountinfo',
    read: ({ pids }) =>
      eachRole(pids, (pid) => {
        const below = mountsOf(pid).filter(({ point }) => /^\/(?:proc|sys\/firmware)\/?./.test(point));
        return (
          below
            .map(({ point, kind }) => `${point}${kind === 'proc' ? ' read-only' : ''}`)
            .sort()
            .join(' ') || 'nothing'
        );
      }),
  },
  {
    id: 'volumes',
    asks: 'which volumes does it see? the same device and inode is the same volume',
    by: '/proc/PID/mountinfo; stat /proc/PID/root/PATH',
    read: ({ pids, volumes = {} }) =>
      eachRole(pids, (pid, role) => {
        const targets = volumes[role] ?? [];
        const first = (target: string) => firstRoleWith(pids, volumes, identityOf(pid, target));
        return targets.map((target) => volumeAt(pid, target, role, first(target))).join(', ') || 'none';
      }),
  },
];

/** `/data tmpfs writable that of store`. */
function volumeAt(pid: number, target: string, role: Role, first: Role | undefined): string {
  const mount = mountsOf(pid)
    .filter(({ point }) => point === target)
    .at(-1);
  if (!mount) return `${target} nothing`;
  const shared = first === undefined || first === role ? [] : [`that of ${first}`];
  return [target, mount.kind, mount.mode, ...shared].join(' ');
}

/** The first role that has a volume with this identity. */
function firstRoleWith(
  pids: Pids,
  volumes: Readonly<Record<Role, readonly string[]>>,
  identity: string | undefined,
): Role | undefined {
  return Object.keys(pids).find((role) =>
    volumes[role]?.some((target) => identityOf(pids[role] ?? 0, target) === identity),
  );
}

function identityOf(pid: number, path: string): string | undefined {
  const found = statSync(`/proc/${pid}/root${path}`, { throwIfNoEntry: false });
  return found && `${found.dev}:${found.ino}`;
}

interface Mount {
  readonly point: string;
  readonly kind: string;
  readonly mode: 'read-only' | 'writable';
}

/** proc_pid_mountinfo(5): fields up to a lone hyphen, then the type of the file system. */
function mountsOf(pid: number): Mount[] {
  return (readMaybe(`/proc/${pid}/mountinfo`) ?? '').split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ');
    const [, , , , point, options = ''] = before.split(' ');
    if (point === undefined) return [];
    return {
      point,
      kind: after.split(' ')[0] ?? '',
      mode: /^ro\b/.test(options) ? 'read-only' : 'writable',
    } as const;
  });
}
