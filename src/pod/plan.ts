import type { ChildProcess } from 'node:child_process';
import { openSync } from 'node:fs';
import { Duplex } from 'node:stream';
import type { DriverName } from '../net/driver.ts';
import { openIp } from '../net/ip.ts';
import { openNft, transactionIntent } from '../net/nft.ts';
import { readDriver } from '../net/open-driver.ts';
import { planDriver } from '../net/plan-driver.ts';
import { prepareWindow } from '../ns/window.ts';
import type { Files } from '../sys/files.ts';
import { Interrupts } from '../sys/interrupts.ts';
import { type CallName, type Libc, openLibc } from '../sys/libc.ts';
import { ourselves } from '../sys/procfs.ts';
import { birth, type Spawn } from '../sys/spawn.ts';
import type { Start } from '../sys/start.ts';
import { openSysctl, settingIntent } from '../sys/sysctl.ts';
import type { Diary, Intent } from '../transcript/diary.ts';
import { CONTROL_FD } from './descriptors.ts';
import type { Doors } from './doors.ts';
import { openPaper } from './paper.ts';
import type { Written } from './script/written.ts';

/**
 * Doors for `--dry-run`: the same verb walks through them, and the diary fills as if it were done. What only asks is
 * really asked; what would change something is written down and left undone.
 */
export async function openPlan(
  diary: Diary,
  warn: (line: string) => void,
  driver: DriverName = readDriver() ?? 'netlink',
): Promise<Plan> {
  await prepareWindow();
  const kernel = { libc: harmless(await openLibc()), diary };
  const held = new Set<number>();
  const [ip, nft, sysctl] = [openIp(kernel, held), openNft(diary, held), openSysctl(diary)];
  const note: Note = (event, result = 0) => diary.begin(event)({ result });
  return {
    diary,
    kernel,
    held,
    warn,
    files: openPaper(note),
    interrupts: new Interrupts(() => {}),
    until: async () => true,
    keepDiary: () => () => {},
    spawn: stage(note),
    start: understudy(note),
    ip,
    net: planDriver(ip, driver, note),
    nft: {
      ...nft,
      apply: async (text) => note(transactionIntent(text)),
    },
    cgroups: {
      make: (path) =>
        note({ door: 'syscall', call: 'mkdir', args: `"${path}", 0755`, equivalent: `mkdir ${path}` }),
      write: (path, value) =>
        note({
          door: 'syscall',
          call: 'write',
          args: `"${path}", "${value}"`,
          equivalent: `echo ${value} > ${path}`,
        }),
      remove: () => true,
    },
    sysctl: {
      read: (path) => sysctl.read(path) ?? '0',
      write(path, value) {
        const before = sysctl.read(path) ?? '0';
        if (before !== value) note(settingIntent(path, before, value));
        return before;
      },
    },
  };
}

/** Doors behind which nothing happens; what would have been written behind them can be read. */
export interface Plan extends Doors {
  readonly files: Files & Written;
}

/** These change nothing outside of this process; all others are answered as if they had succeeded. */
const HARMLESS: readonly CallName[] = ['pipe2', 'pidfd_open', 'close_range'];

function harmless(libc: Libc): Libc {
  return (name, args) => (HARMLESS.includes(name) ? libc(name, args) : { result: 0, errno: 0 });
}

type Note = (event: Intent, result?: number) => void;

/** Plays the holder: this very process stands in for it, so that what reads /proc finds somebody. */
function understudy(note: Note): Start {
  return (program) => {
    // It keeps its end of the control pipe: else to tell it to stay would be to write to nobody.
    openSync(`/proc/self/fd/${program.stdio[CONTROL_FD]}`, 'r');
    note(birth(program));
    return { pid: process.pid, reap: () => {}, reapLater: () => {} };
  };
}

/** Plays the shim. */
function stage(note: Note): Spawn {
  return (program) => {
    note(birth(program));
    const child = { stdio: [null, null, null, control()], once: () => {}, ref: () => {} };
    return { ...ourselves(), child: child as unknown as ChildProcess };
  };
}

/** A shim's socket: told to go, it says all that a shim may say of a workload that does well; told to stay, it closes. */
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
