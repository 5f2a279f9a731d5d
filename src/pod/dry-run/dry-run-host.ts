import type { ChildProcess } from 'node:child_process';
import { openSync } from 'node:fs';
import { Duplex } from 'node:stream';
import type { DriverName } from '../../net/driver.ts';
import { openDryRunDriver } from '../../net/dry-run-driver.ts';
import { firewalldCall, openFirewalld, TRUST } from '../../net/firewalld.ts';
import { openIp } from '../../net/ip.ts';
import { attachCall, deleteCall } from '../../net/ip-netns.ts';
import { lookInside, type NetnsContent } from '../../net/look-inside.ts';
import { openNft, transactionCall } from '../../net/nft.ts';
import { readDriver } from '../../net/open-driver.ts';
import { netnsCookie } from '../../ns/netns-cookie.ts';
import { prepareWindow } from '../../ns/window.ts';
import { makeCall, writeCall } from '../../sys/cgroup.ts';
import { CONTROL_FD } from '../../sys/descriptors.ts';
import type { Written } from '../../sys/file-tree.ts';
import type { Files } from '../../sys/files.ts';
import { openInstances } from '../../sys/instance.ts';
import { Interrupts } from '../../sys/interrupts.ts';
import { type CallName, type Libc, openLibc } from '../../sys/libc.ts';
import type { Start } from '../../sys/posix-spawn.ts';
import { program } from '../../sys/programs.ts';
import { birth, type Spawn } from '../../sys/spawn.ts';
import { openSysctl, settingCall } from '../../sys/sysctl.ts';
import { type Call, Transcript } from '../../transcript/transcript.ts';
import type { Host } from '../host.ts';
import { openDryRunFiles } from './dry-run-files.ts';

/**
 * Opens the host for `--dry-run`. A verb runs on it as on the real one: questions reach the kernel, changes are written into
 * the transcript and not made.
 */
export async function openDryRunHost(
  transcript: Transcript,
  warn: (line: string) => void,
  driver: DriverName = readDriver() ?? 'netlink',
): Promise<DryRunHost> {
  await prepareWindow();
  const libc = await openLibc();
  const kernel = { libc: withoutChanges(libc), transcript };
  const held = new Set<number>();
  const [ip, nft, sysctl] = [openIp(kernel, held), openNft(transcript, held), openSysctl(transcript)];
  const note: Note = (event, result = 0) => transcript.begin(event)({ result });
  return {
    transcript,
    kernel,
    held,
    warn,
    files: openDryRunFiles(note),
    interrupts: new Interrupts(() => {}),
    instance: openInstances(kernel),
    lookInside: (fd) => look(libc, fd),
    netnsCookie: (fd) => (isRoot() ? netnsCookie(untold(libc), fd) : undefined),
    until: async () => true,
    keepTranscript: () => () => {},
    showTranscript: () => {},
    spawn: fakeShim(note),
    start: fakeHolder(note),
    ip,
    ipNetns: {
      attach: async (name, pid) => {
        note(attachCall(name, pid));
        return true;
      },
      delete: async (name) => note(deleteCall(name)),
    },
    net: openDryRunDriver(ip, driver, note),
    nft: {
      ...nft,
      apply: async (text, purpose) => note(transactionCall(text, purpose)),
    },
    // What is to be forgotten is known when it has come.
    conntrack: { forget: () => {}, forgetAt: () => {} },
    firewalld: {
      ...openFirewalld(transcript, held),
      trust: async (subnet) => note(firewalldCall(TRUST, ['--zone=trusted', `--add-source=${subnet}`])),
      distrust: async () => {},
    },
    cgroups: {
      make: (path) => note(makeCall(path)),
      write: (path, value) => note(writeCall(path, value)),
      remove: () => true,
    },
    sysctl: {
      read: (path) => sysctl.read(path) ?? '0',
      list: sysctl.list,
      write(path, value, purpose) {
        const before = sysctl.read(path) ?? '0';
        if (before !== value) note(settingCall({ path, before, value, purpose }));
        return before;
      },
    },
  };
}

/** A host on which nothing changes. The files that a verb would have written can be read. */
export interface DryRunHost extends Host {
  readonly files: Files & Written;
}

/** Enters the namespace for real, because that changes nothing. Without privileges its content cannot be read. */
function look(libc: Libc, fd: number): NetnsContent {
  return isRoot() ? lookInside(untold(libc), fd) : { interfaces: ['lo'], hasDefaultRoute: false };
}

const isRoot = () => process.geteuid?.() === 0;

const untold = (libc: Libc) => ({ libc, transcript: new Transcript() });

/** The calls that change nothing outside of this process. All others are answered as if they had succeeded. */
const UNCHANGING: readonly CallName[] = [
  'pipe2',
  'socketpair',
  'pidfd_open',
  'close_range',
  'socket',
  'getsockopt',
  'ioctl',
];

function withoutChanges(libc: Libc): Libc {
  return (name, args) => (UNCHANGING.includes(name) ? libc(name, args) : { result: 0, errno: 0 });
}

type Note = (event: Call, result?: number) => void;

/** Starts no holder: the pid is that of this process, so that readers of /proc find one. */
function fakeHolder(note: Note): Start {
  return (program) => {
    // Keeps the holder's end of the control pipe open: else writing `stay` would fail with EPIPE.
    openSync(`/proc/self/fd/${program.stdio[CONTROL_FD]}`, 'r');
    note(birth(program));
    return { pid: process.pid, reap: () => {}, reapLater: () => {} };
  };
}

/** Starts no shim. */
function fakeShim(note: Note): Spawn {
  return (wanted) => {
    note(birth(wanted));
    const child = { stdio: [null, null, null, control(wanted.file)], once: () => {}, ref: () => {} };
    return { pid: process.pid, child: child as unknown as ChildProcess };
  };
}

/**
 * The control socket of a shim whose workload succeeds: it answers `go` with every word that a shim may say, and closes at
 * `stay`. A supervisor has settled at once.
 */
function control(file: string): Duplex {
  const socket = new Duplex({
    read() {},
    write(chunk, _, done) {
      if (String(chunk) === 'go\n') this.push(`started ${process.pid}\nstartup-done\nexited 0 0\n`);
      if (String(chunk) === 'stay\n') this.push(null);
      done();
    },
  });
  if (file === program('supervisor')) socket.push('settled\n');
  return socket;
}
