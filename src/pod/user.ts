import { execFileSync } from 'node:child_process';
import { InputError } from '../sys/errors.ts';

/** Whom a workload runs as, in numbers: names mean nothing to the kernel. */
export interface User {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  readonly home: string;
}

export const ROOT: User = { uid: 0, gid: 0, groups: [], home: '/root' };

/** Reads `USER[:GROUP]`, names or numbers, as the host's name service knows them: the workload sees the same files. */
export function resolveUser(text: string): User {
  const [user = '', group] = text.split(':');
  const entry = lookUp('passwd', user);
  if (!entry && !/^\d+$/.test(user)) throw new InputError(`no user "${user}" on this machine`);
  const uid = Number(entry?.[2] ?? user);
  const gid = group === undefined ? Number(entry?.[3] ?? 0) : resolveGroup(group);
  // As in Docker: a group that is named replaces the user's own groups.
  const groups = entry && group === undefined ? lookUpGroups(entry[0] as string) : [];
  return { uid, gid, groups, home: entry?.[5] || '/' };
}

function resolveGroup(group: string): number {
  const entry = lookUp('group', group);
  if (!entry && !/^\d+$/.test(group)) throw new InputError(`no group "${group}" on this machine`);
  return Number(entry?.[2] ?? group);
}

/** getent(1) asks whatever the machine asks: files, LDAP, systemd. */
function lookUp(database: 'passwd' | 'group', key: string): string[] | undefined {
  if (key === '' || key.startsWith('-')) return undefined;
  try {
    return execFileSync('getent', [database, key], { encoding: 'utf8', stdio: 'pipe' }).trim().split(':');
  } catch {
    return undefined;
  }
}

function lookUpGroups(user: string): number[] {
  const words = execFileSync('id', ['-G', '--', user], { encoding: 'utf8', stdio: 'pipe' }).trim();
  return words.split(' ').map(Number);
}
