import { execFileSync } from 'node:child_process';
import { InputError } from '../sys/errors.ts';
import { describeRange, parseNumber, readNumber } from '../sys/number.ts';

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
  const [user = '', group, ...more] = text.split(':');
  if (more.length > 0) throw new InputError(`"${text}" is not USER[:GROUP]`);
  const entry = lookUp('passwd', user);
  const uid = idOf('user', user, entry);
  const gid =
    group !== undefined ? resolveGroup(group) : entry ? ownId(`the group of user "${user}":`, entry[3]) : 0;
  // As in Docker: a group that is named replaces the user's own groups.
  const groups = entry && group === undefined ? lookUpGroups(entry[0] as string) : [];
  return { uid, gid, groups, home: entry?.[5] || '/' };
}

function resolveGroup(group: string): number {
  return idOf('group', group, lookUp('group', group));
}

/** As in Docker: a number within the range is always an id, whether the name service knows it or not. */
function idOf(what: 'user' | 'group', text: string, entry: readonly string[] | undefined): number {
  const id = parseNumber(text, 'id');
  if (id !== undefined) return id;
  if (entry) return ownId(`${what} "${text}":`, entry[2]);
  const isNoId = isNumeric(text) ? `, and it is not ${describeRange('id')}` : '';
  throw new InputError(`no ${what} "${text}" on this machine${isNoId}`);
}

/** The name service may return ids that are out of range: `nobody` is 4294967294 on some machines. */
function ownId(of: string, field: string | undefined): number {
  return readNumber(of, field ?? '', 'id');
}

type Database = 'passwd' | 'group';

/**
 * getent(1) reads all sources of the machine: files, LDAP, systemd. It takes a key that strtoul(3) can parse for an id, cut to 32 bits:
 * 4294967296, " +0" and -4294967296 are root there. Only ids in the range are passed on; other numbers can only be names.
 */
function lookUp(database: Database, key: string): string[] | undefined {
  // No name begins with these; id(1) reads "+0" as an id.
  if (/^$|^[\s+]/.test(key)) return undefined;
  if (isNumeric(key) && parseNumber(key, 'id') === undefined)
    return getent(database).find(([name]) => name === key);
  return getent(database, key)[0];
}

function isNumeric(key: string): boolean {
  return /^\s*[+-]?[0-9]+$/.test(key);
}

function getent(database: Database, ...keys: readonly string[]): string[][] {
  try {
    const output = execFileSync('getent', [database, '--', ...keys], { encoding: 'utf8', stdio: 'pipe' });
    return output.split('\n').flatMap((line) => (line === '' ? [] : [line.split(':')]));
  } catch {
    return [];
  }
}

function lookUpGroups(user: string): number[] {
  const words = execFileSync('id', ['-G', '--', user], { encoding: 'utf8', stdio: 'pipe' }).trim();
  return words.split(' ').map((word) => readNumber(`a group of user "${user}":`, word, 'id'));
}
