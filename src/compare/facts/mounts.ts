import { statSync } from 'node:fs';
import { readMaybe } from '../../sys/procfs.ts';
import type { Fact } from '../fact.ts';
import { each, type Pids, type Role } from '../trio.ts';

/** What each of them sees as its file system, in short, and what of its volumes. */
export const MOUNTS: readonly Fact[] = [
  {
    id: 'root',
    asks: 'what is its root?',
    by: '/proc/PID/mountinfo',
    read: ({ pids }) =>
      each(pids, (pid) => {
        const root = mountsOf(pid)
          .filter(({ point }) => point === '/')
          .at(-1);
        return root ? `${root.kind}, ${root.mode}` : 'out of sight';
      }),
  },
  ...['/proc', '/sys', '/dev', '/dev/shm', '/dev/mqueue', '/sys/fs/cgroup'].map(
    (place): Fact => ({
      id: `mount ${place}`,
      asks: `what is at ${place}?`,
      by: '/proc/PID/mountinfo',
      read: ({ pids }) =>
        each(pids, (pid) => {
          const mount = mountsOf(pid)
            .filter(({ point }) => point === place)
            .at(-1);
          return mount ? `${mount.kind}, ${mount.mode}` : 'nothing';
        }),
    }),
  ),
  {
    id: 'masked',
    asks: 'what of /proc and /sys is hidden, or cannot be written?',
    by: '/proc/PID/mountinfo',
    read: ({ pids }) =>
      each(pids, (pid) => {
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
    asks: 'what has it of its volumes? one volume is one device and inode',
    by: '/proc/PID/mountinfo; stat /proc/PID/root/PLACE',
    read: ({ pids, volumes = {} }) =>
      each(pids, (pid, role) => {
        const places = volumes[role] ?? [];
        return (
          places.map((place) => volumeAt(pid, place, ownersOf(pids, volumes, role))).join(', ') || 'none'
        );
      }),
  },
];

/** `/data: tmpfs, writable, that of store`. */
function volumeAt(pid: number, place: string, owners: ReadonlyMap<string, Role>): string {
  const mount = mountsOf(pid)
    .filter(({ point }) => point === place)
    .at(-1);
  if (!mount) return `${place} nothing`;
  const owner = owners.get(identityOf(pid, place) ?? '');
  return [place, mount.kind, mount.mode, ...(owner ? [`that of ${owner}`] : [])].join(' ');
}

/** What those before one have: by identity, whose it is. */
function ownersOf(
  pids: Pids,
  volumes: Readonly<Record<Role, readonly string[]>>,
  role: Role,
): ReadonlyMap<string, Role> {
  const roles = Object.keys(pids);
  const before = roles.slice(0, roles.indexOf(role));
  const owners = new Map<string, Role>();
  for (const other of before)
    for (const place of volumes[other] ?? []) {
      const identity = identityOf(pids[other] ?? 0, place);
      if (identity !== undefined && !owners.has(identity)) owners.set(identity, other);
    }
  return owners;
}

function identityOf(pid: number, place: string): string | undefined {
  const found = statSync(`/proc/${pid}/root${place}`, { throwIfNoEntry: false });
  return found && `${found.dev}:${found.ino}`;
}

interface Mount {
  readonly point: string;
  readonly kind: string;
  readonly mode: 'read-only' | 'writable';
}

/** proc_pid_mountinfo(5): fields until a lone hyphen, then the kind of file system. */
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
