import { statSync } from 'node:fs';
import { readMaybe } from '../../sys/procfs.ts';
import { each, type Pids, type Role } from '../compared-pod.ts';
import type { Fact } from '../fact.ts';

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
        const owner = (place: string) => firstWith(pids, volumes, identityOf(pid, place));
        return places.map((place) => volumeAt(pid, place, role, owner(place))).join(', ') || 'none';
      }),
  },
];

/** `/data tmpfs writable that of store`. */
function volumeAt(pid: number, place: string, role: Role, owner: Role | undefined): string {
  const mount = mountsOf(pid)
    .filter(({ point }) => point === place)
    .at(-1);
  if (!mount) return `${place} nothing`;
  const whose = owner === undefined || owner === role ? [] : [`that of ${owner}`];
  return [place, mount.kind, mount.mode, ...whose].join(' ');
}

/** The first that has this very thing among its volumes. */
function firstWith(
  pids: Pids,
  volumes: Readonly<Record<Role, readonly string[]>>,
  identity: string | undefined,
): Role | undefined {
  return Object.keys(pids).find((role) =>
    volumes[role]?.some((place) => identityOf(pids[role] ?? 0, place) === identity),
  );
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
