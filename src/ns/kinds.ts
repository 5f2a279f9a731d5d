import * as sys from '../sys/constants.ts';

/** The eight kinds of namespace. namespaces(7) */
export type Kind = 'net' | 'ipc' | 'uts' | 'pid' | 'mnt' | 'user' | 'cgroup' | 'time';

export interface KindFacts {
  /** The flag of clone(2), unshare(2) and setns(2). */
  readonly flag: number;
  /** The option of unshare(1) and nsenter(1). */
  readonly option: string;
  /** What it separates. */
  readonly what: string;
  /** Whether Node's main thread may enter one and come home: README.md says why the others may not. */
  readonly byNode: boolean;
}

/** The facts of all kinds, in one table, in the order in which people read them. */
export const KINDS: Readonly<Record<Kind, KindFacts>> = {
  net: {
    flag: sys.CLONE_NEWNET,
    option: '--net',
    what: 'interfaces, addresses, routes, ports, netfilter',
    byNode: true,
  },
  ipc: {
    flag: sys.CLONE_NEWIPC,
    option: '--ipc',
    what: 'System V IPC and POSIX message queues',
    byNode: true,
  },
  uts: { flag: sys.CLONE_NEWUTS, option: '--uts', what: 'host name and NIS domain name', byNode: true },
  pid: { flag: sys.CLONE_NEWPID, option: '--pid', what: 'process numbers', byNode: true },
  mnt: { flag: sys.CLONE_NEWNS, option: '--mount', what: 'mount points', byNode: false },
  user: {
    flag: sys.CLONE_NEWUSER,
    option: '--user',
    what: 'user and group numbers, capabilities',
    byNode: false,
  },
  cgroup: {
    flag: sys.CLONE_NEWCGROUP,
    option: '--cgroup',
    what: 'the root of the cgroup tree',
    byNode: true,
  },
  time: { flag: sys.CLONE_NEWTIME, option: '--time', what: 'boot-time and monotonic clocks', byNode: false },
};

export const ALL_KINDS = Object.keys(KINDS) as readonly Kind[];

/** Kinds as the flags of one call. */
export function flagsOf(kinds: readonly Kind[]): number {
  return kinds.reduce((flags, kind) => flags | KINDS[kind].flag, 0);
}
