import type { ChildProcess } from 'node:child_process';
import { openSync } from 'node:fs';
import { Duplex } from 'node:stream';
import type { DriverName } from '../../net/driver.ts';
import { openDryRunDriver } from '../../net/dry-run-driver.ts';
import { openIp } from '../../net/ip.ts';
import { openNft, transactionCall } from '../../net/nft.ts';
import { readDriver } from '../../net/open-driver.ts';
import { prepareWindow } from '../../ns/window.ts';
import { makeCall, writeCall } from '../../sys/cgroup.ts';
import type { Written } from '../../sys/file-tree.ts';
import type { Files } from '../../sys/files.ts';
import { currentInstance } from '../../sys/instance.ts';
import { Interrupts } from '../../sys/interrupts.ts';
import { type CallName, type Libc, openLibc } from '../../sys/libc.ts';
import type { Start } from '../../sys/posix-spawn.ts';
import { ourselves } from '../../sys/procfs.ts';
import { birth, type Spawn } from '../../sys/spawn.ts';
import { openSysctl, settingCall } from '../../sys/sysctl.ts';
import type { Call, Transcript } from '../../transcript/transcript.ts';
import { CONTROL_FD } from '../descriptors.ts';
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
  const kernel = { libc: withoutChanges(await openLibc()), transcript };
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
    instance: (root) => currentInstance(kernel, root),
    until: async () => true,
    keepTranscript: () => () => {},
    spawn: fakeShim(note),
    start: fakeHolder(note),
    ip,
    net: openDryRunDriver(ip, driver, note),
    nft: {
      ...nft,
      apply: async (text, purpose) => note(transactionCall(text, purpose)),
    },
    cgroups: {
      make: (path) => note(makeCall(path)),
      write: (path, value) => note(writeCall(path, value)),
      remove: () => true,
    },
    sysctl: {
      read: (path) => sysctl.read(path) ?? '0',
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

/** The calls that change nothing outside of this process. All others are answered as if they had succeeded. */
const UNCHANGING: readonly CallName[] = ['pipe2', 'pidfd_open', 'close_range', 'socket', 'getsockopt'];

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
  return (program) => {
    note(birth(program));
    const child = { stdio: [null, null, null, control()], once: () => {}, ref: () => {} };
    return { ...ourselves(), child: child as unknown as ChildProcess };
  };
}

/** The control socket of a shim whose workload succeeds: it answers `go` with every word that a shim may say, and closes at `stay`. */
function control(): Duplex {
  return new Duplex({
    read() {},
    write(chunk, _, done) {
      if (String(chunk) === 'go\n') this.push(`started ${process.pid}\nstartup-done\nexited 0 0\n`);
      if (String(chunk) === 'stay\n') this.push(null);
      done();
    },
  });
}
