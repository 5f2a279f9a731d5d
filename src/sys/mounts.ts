import { readMaybe } from './procfs.ts';

/** A mount of this mount namespace. */
export interface Mount {
  readonly point: string;
  /** What of its file system is mounted. */
  readonly root: string;
  readonly propagation: 'shared' | 'slave' | 'unbindable' | 'private';
}

/** All mounts; of several at one point the last is on top. proc_pid_mountinfo(5): ID PARENT DEVICE ROOT POINT OPTIONS [TAG…] - … */
export function mounts(): Mount[] {
  const lines = (readMaybe('/proc/self/mountinfo') ?? '').split('\n').filter(Boolean);
  return lines.map((line) => {
    const [, , , root = '', point = '', , ...rest] = line.split(' ');
    const tags = rest.slice(0, rest.indexOf('-')).map((tag) => tag.split(':')[0]);
    const propagation = tags.includes('shared')
      ? 'shared'
      : tags.includes('master')
        ? 'slave'
        : tags.includes('unbindable')
          ? 'unbindable'
          : 'private';
    return { point, root, propagation };
  });
}
