import { readMaybe } from '../../sys/procfs.ts';
import type { Fact } from '../fact.ts';
import { each } from '../trio.ts';

/** What each of them sees as its file system, in short. */
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
];

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
