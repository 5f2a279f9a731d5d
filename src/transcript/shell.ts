import { shellString, splitArguments, stringsOf, unquote } from './arguments.ts';
import type { Event } from './event.ts';
import { shellWord } from './shell-word.ts';

/**
 * The shell lines that do the same, with the programs of util-linux, iproute2 and nftables. None where a shell has no
 * word for it: a lock, a pipe, a note.
 */
export function shellLines(event: Event): string[] {
  const { channel, equivalent, argv } = event;
  if (equivalent !== undefined) return equivalent.split('\n');
  if (channel === 'spawn') return [`${(argv ?? [event.args]).map(shellWord).join(' ')} &`];
  if (channel === 'ip' || channel === 'nft') return [`${event.call} ${event.args}`];
  const line = LINES[event.call]?.(splitArguments(event.args), event.args);
  return line === undefined ? [] : [line];
}

type Words = readonly (string | undefined)[];

const LINES: Readonly<Record<string, (words: Words, args: string) => string | undefined>> = {
  unshare: ([flags]) => `unshare ${options(flags)}`,
  setns: ([fd, flags]) => `nsenter ${options(flags)}=/proc/self/fd/${fd}`,
  clone: ([flags]) => (flags === 'SIGCHLD' ? undefined : `unshare --fork ${options(flags)}`),
  mount: mountLine,
  umount2: ([target]) => `umount --lazy ${shellString(target)}`,
  pivot_root: ([root, old]) => `pivot_root ${shellString(root)} ${shellString(old)}`,
  chroot: ([root]) => `chroot ${shellString(root)}`,
  mkdir: ([name, mode]) => `mkdir -m ${mode} ${shellString(name)}`,
  mknod: ([name]) => `: > ${shellString(name)}`,
  chown: ([name, , group]) => `chgrp ${group} ${shellString(name)}`,
  symlink: ([to, name], args) =>
    args.endsWith(' links')
      ? `${shellString(to)} --install -s ${shellString(name?.replace('/...', ''))}`
      : `ln -s ${shellString(to)} ${shellString(name)}`,
  sethostname: ([name]) => `hostname ${shellString(name)}`,
  ioctl: ([, , what]) => (what?.includes('IFF_UP') ? 'ip link set dev lo up' : undefined),
  keyctl: () => 'keyctl new_session',
  kill: ([pid, signal]) => `kill -s ${signal?.replace('SIG', '')} ${pid}`,
  write: ([where, text]) => `echo ${unquote(text)} > ${unquote(where) ?? `/proc/self/fd/${where}`}`,
  setgroups: (_, args) => (args.startsWith('0 ') ? 'setpriv --clear-groups' : undefined),
  setresgid: ([gid]) => `setpriv --regid ${gid}`,
  setresuid: ([uid]) => `setpriv --reuid ${uid}`,
  prctl: (_, args) => PRCTL[args.split(',')[0] ?? ''],
  execve: ([, words]) => `exec ${stringsOf(words).map(shellString).join(' ')}`,
};

const PRCTL: Readonly<Record<string, string>> = {
  PR_SET_NO_NEW_PRIVS: 'setpriv --no-new-privs',
  PR_SET_PDEATHSIG: 'setpriv --pdeathsig KILL',
  PR_CAP_AMBIENT: 'setpriv --ambient-caps -all',
};

/** `CLONE_NEWNET|CLONE_NEWIPC` as unshare(1) and nsenter(1) have it. The oldest kind, mounts, is called just NEWNS. */
function options(flags = ''): string {
  const kinds = [...flags.matchAll(/CLONE_NEW([A-Z]+)/g)].map(([, kind]) => kind?.toLowerCase());
  return kinds.map((kind) => `--${kind === 'ns' ? 'mount' : kind}`).join(' ');
}

/** One system call, five commands: what its flags say decides. mount(2), mount(8) */
function mountLine([source, target, type, flags = '', data]: Words): string {
  const has = (flag: string) => flags.split('|').includes(flag);
  const words = flags.split('|').flatMap((flag) => MOUNT_OPTIONS[flag] ?? []);
  if (has('MS_PRIVATE')) return `mount --make-${has('MS_REC') ? 'r' : ''}private ${shellString(target)}`;
  if (has('MS_REMOUNT')) return `mount -o remount,bind,${words.join(',')} ${shellString(target)}`;
  if (has('MS_BIND'))
    return `mount --${has('MS_REC') ? 'r' : ''}bind ${shellString(source)} ${shellString(target)}`;
  const all = [...words, ...(unquote(data) === undefined ? [] : [unquote(data)])].join(',');
  return `mount -t ${shellString(type)} ${all ? `-o ${shellWord(all)} ` : ''}${shellString(source)} ${shellString(target)}`;
}

const MOUNT_OPTIONS: Readonly<Record<string, string>> = {
  MS_RDONLY: 'ro',
  MS_NOSUID: 'nosuid',
  MS_NODEV: 'nodev',
  MS_NOEXEC: 'noexec',
  MS_STRICTATIME: 'strictatime',
};
