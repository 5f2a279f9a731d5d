import { InputError } from '../sys/errors.ts';
import { describeRange, parseNumber, readNumber } from '../sys/number.ts';
import { HOST_USERS, isNumeric, type UserDatabase, usersIn } from './user-database.ts';

/** Whom a workload runs as, in numbers: names mean nothing to the kernel. */
export interface User {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  readonly home: string;
}

export const ROOT: User = { uid: 0, gid: 0, groups: [], home: '/root' };

/** Reads `USER[:GROUP]`, names or numbers, as the root of the workload knows them: the host's, or that of its image. */
export function resolveUser(text: string, rootfs?: string): User {
  const users = rootfs === undefined ? HOST_USERS : usersIn(rootfs);
  const [user = '', group, ...more] = text.split(':');
  if (more.length > 0) throw new InputError(`"${text}" is not USER[:GROUP]`);
  const entry = users.lookUp('passwd', user);
  const uid = idOf(users, 'user', user, entry);
  const gid =
    group !== undefined
      ? idOf(users, 'group', group, users.lookUp('group', group))
      : entry
        ? ownId(`the group of user "${user}":`, entry[3])
        : 0;
  // As in Docker: a group that is named replaces the user's own groups.
  const groups = entry && group === undefined ? users.groupsOf(entry[0] as string) : [];
  return { uid, gid, groups, home: entry?.[5] || '/' };
}

/** As in Docker: a number within the range is always an id, whether the name service knows it or not. */
function idOf(
  { where }: UserDatabase,
  what: 'user' | 'group',
  text: string,
  entry: readonly string[] | undefined,
): number {
  const id = parseNumber(text, 'id');
  if (id !== undefined) return id;
  if (entry) return ownId(`${what} "${text}":`, entry[2]);
  const isNoId = isNumeric(text) ? `, and it is not ${describeRange('id')}` : '';
  throw new InputError(`no ${what} "${text}" ${where}${isNoId}`);
}

/** The name service may return ids that are out of range: `nobody` is 4294967294 on some machines. */
function ownId(of: string, field: string | undefined): number {
  return readNumber(of, field ?? '', 'id');
}
