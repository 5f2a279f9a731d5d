import { execFileSync } from 'node:child_process';
import { InputError } from '../sys/errors.ts';
import { parseNumber, readNumber } from '../sys/number.ts';
import { pathInRoot } from '../sys/path-in-root.ts';
import { readPlainText, UnusableFile } from '../sys/record-file.ts';

type Database = 'passwd' | 'group';

/** Where users and groups are looked up: getpwnam(3), getgrouplist(3). */
export interface UserDatabase {
  /** For errors: `on this machine`. */
  readonly where: string;
  /** The fields of the entry with this name or id. */
  lookUp(database: Database, key: string): readonly string[] | undefined;
  /** All groups of a user by its name. */
  groupsOf(user: string): number[];
}

/** As the host's name service knows them: a workload on the host's root sees the same files. */
export const HOST_USERS: UserDatabase = {
  where: 'on this machine',
  /**
   * getent(1) reads all sources of the machine: files, LDAP, systemd. It takes a key that strtoul(3) can parse for an id, cut to 32 bits:
   * 4294967296, " +0" and -4294967296 are root there. Only ids in the range are passed on; other numbers can only be names.
   */
  lookUp(database, key) {
    if (isNoName(key)) return undefined;
    if (isNumeric(key) && parseNumber(key, 'id') === undefined)
      return getent(database).find(([name]) => name === key);
    return getent(database, key)[0];
  },
  groupsOf(user) {
    const words = execFileSync('id', ['-G', '--', user], { encoding: 'utf8', stdio: 'pipe' }).trim();
    return words.split(' ').map((word) => groupId(user, word));
  },
};

/** As the files of an image know them. The image's own name service is not asked: that would run its programs. */
export function usersIn(rootfs: string): UserDatabase {
  const read = (database: Database) => entriesIn(rootfs, `/etc/${database}`);
  const lookUp: UserDatabase['lookUp'] = (database, key) => {
    if (isNoName(key)) return undefined;
    // As in Docker: a number within the range is always an id.
    const id = parseNumber(key, 'id');
    return read(database).find((fields) => (id === undefined ? fields[0] === key : fields[2] === key));
  };
  return {
    where: `in ${rootfs}`,
    lookUp,
    groupsOf(user) {
      const own = lookUp('passwd', user)?.[3];
      const others = read('group').filter(([, , , members = '']) => members.split(',').includes(user));
      return [own, ...others.map(([, , id]) => id)].map((id) => groupId(user, id ?? ''));
    },
  };
}

/** passwd(5), group(5) */
function entriesIn(rootfs: string, path: string): string[][] {
  const file = pathInRoot(rootfs, path);
  try {
    const text = file === undefined ? '' : (readPlainText(file) ?? '');
    return text.split('\n').flatMap((line) => (line === '' ? [] : [line.split(':')]));
  } catch (error) {
    if (!(error instanceof UnusableFile)) throw error;
    throw new InputError(`${path} in ${rootfs} cannot be used: ${error.message}`);
  }
}

/** No name begins with these; id(1) reads "+0" as an id. */
function isNoName(key: string): boolean {
  return /^$|^[\s+]/.test(key);
}

export function isNumeric(key: string): boolean {
  return /^\s*[+-]?[0-9]+$/.test(key);
}

function groupId(user: string, text: string): number {
  return readNumber(`a group of user "${user}":`, text, 'id');
}

function getent(database: Database, ...keys: readonly string[]): string[][] {
  try {
    const output = execFileSync('getent', [database, '--', ...keys], { encoding: 'utf8', stdio: 'pipe' });
    return output.split('\n').flatMap((line) => (line === '' ? [] : [line.split(':')]));
  } catch {
    return [];
  }
}
