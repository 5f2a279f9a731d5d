import { setTimeout as sleep } from 'node:timers/promises';
import { openConntrack } from '../net/conntrack.ts';
import type { DriverName } from '../net/driver.ts';
import { openFirewalld } from '../net/firewalld.ts';
import { openIp } from '../net/ip.ts';
import { type IpNetns, openIpNetns } from '../net/ip-netns.ts';
import { lookInside, type NetnsContent } from '../net/look-inside.ts';
import type { NetHost } from '../net/net-host.ts';
import { openNft } from '../net/nft.ts';
import { openDriver, readDriver } from '../net/open-driver.ts';
import { killTools } from '../net/run-tool.ts';
import { netnsCookie } from '../ns/netns-cookie.ts';
import { prepareWindow } from '../ns/window.ts';
import { type Cgroups, openCgroups } from '../sys/cgroup.ts';
import { type Files, openFiles } from '../sys/files.ts';
import { openInstances } from '../sys/instance.ts';
import { Interrupts } from '../sys/interrupts.ts';
import { openLibc } from '../sys/libc.ts';
import { openPosixSpawn, type Start } from '../sys/posix-spawn.ts';
import { openSpawn, type Spawn } from '../sys/spawn.ts';
import { closeOnExecFrom } from '../sys/syscalls.ts';
import { openSysctl } from '../sys/sysctl.ts';
import { withSteps } from '../transcript/by-step.ts';
import type { Event } from '../transcript/event.ts';
import { readEvents } from '../transcript/read.ts';
import { type Transcript, toFileByStep } from '../transcript/transcript.ts';

/** Everything through which one verb acts on the machine, and the transcript of it. */
export interface Host extends NetHost {
  readonly transcript: Transcript;
  /** Names for network namespaces that are mounts. */
  readonly ipNetns: IpNetns;
  readonly spawn: Spawn;
  readonly start: Start;
  readonly cgroups: Cgroups;
  /** The networks, by uid, that this call has found whole or has mended. Only a call that makes several pods keeps it. */
  readonly mended?: Set<string>;
  /** What the network namespace behind a descriptor has already. */
  lookInside(fd: number): NetnsContent;
  /** Tells the network namespace behind a descriptor from every other one of this boot. */
  netnsCookie(fd: number): string | undefined;
  /** Waits until something has happened outside, at most `patience` milliseconds. False when it has not. */
  until(condition: () => boolean, patience: number): Promise<boolean>;
  /** Who has rules about pods. */
  readonly guard?: PodGuard;
  /** The signals that ask this verb to stop. */
  readonly interrupts: Interrupts;
  /** Writes what was told already and what follows into a pod's own transcript too; the function returned stops that. */
  keepTranscript(path: string, told?: readonly Event[]): () => void;
  /** Shows what the shims of a pod have written into its transcript since this verb began, and what was not shown yet. */
  showTranscript(path: string): void;
}

/** Milliseconds for a process that was killed, or that kills a whole family: on a machine under load that is not soon. */
export const KILL_PATIENCE = 30_000;

/** Is told of pods with an address that come and go. */
export interface PodGuard {
  /** It runs no program yet. */
  arrived(root: string): Promise<void>;
  gone(root: string): Promise<void>;
}

/** Opens this machine's. Without a driver's name, `NSLAB_DRIVER` or the machine decides. */
export async function openHost(
  transcript: Transcript,
  warnUser: (line: string) => void,
  driver: DriverName | undefined = readDriver(),
): Promise<Host> {
  await prepareWindow();
  const warn = eachOnce(warnUser);
  const kernel = { libc: await openLibc(), transcript };
  const held = new Set<number>();
  closeOnExecFrom(kernel, 3);
  const files = openFiles(transcript);
  const ip = openIp(kernel, held);
  const opened = Number(process.hrtime.bigint());
  const show = openRelay(transcript);
  return {
    transcript,
    kernel,
    held,
    warn,
    interrupts: openInterrupts(),
    files,
    sysctl: openSysctl(transcript),
    cgroups: openCgroups(transcript),
    spawn: openSpawn(transcript),
    start: openPosixSpawn(kernel),
    ip,
    ipNetns: openIpNetns(transcript, held),
    net: openDriver({ kernel, ip }, driver, warn),
    nft: openNft(transcript, held),
    firewalld: openFirewalld(transcript, held),
    conntrack: openConntrack(kernel),
    instance: openInstances(kernel),
    lookInside: (fd) => lookInside(kernel, fd),
    netnsCookie: (fd) => netnsCookie(kernel, fd),
    until: poll,
    keepTranscript: (path, told) => keepTranscript(files, transcript, { path, told: told ?? [], show }, warn),
    showTranscript: (path) => show(path, opened),
  };
}

/** Of many pods made by one call, each would say the same about this machine. */
function eachOnce(warn: (line: string) => void): (line: string) => void {
  const said = new Set<string>();
  return (line) => {
    if (!said.has(line)) warn(line);
    said.add(line);
  };
}

/** Polls, because the other process need not be a child of this one. */
async function poll(condition: () => boolean, patience: number): Promise<boolean> {
  const end = performance.now() + patience;
  for (let pause = 1; !condition(); pause = Math.min(pause * 2, 20)) {
    if (performance.now() > end) return false;
    await sleep(pause);
  }
  return true;
}

/** Two ways: what we do goes into the pod's transcript, and what its shims wrote there meanwhile is shown with ours. */
function keepTranscript(
  files: Files,
  transcript: Transcript,
  { path, told, show }: { readonly path: string; readonly told: readonly Event[]; readonly show: Relay },
  warn: (line: string) => void,
): () => void {
  const lose = (error: Error) => warn(`the transcript ${path} is not complete: ${error.message}`);
  let fd: number;
  try {
    fd = files.open(path, 'append');
  } catch (error) {
    // A pod must come down also where there is no room left for the story of that.
    lose(error as Error);
    return () => {};
  }
  const { sink, flush } = toFileByStep(fd, lose);
  for (const event of told) sink(event);
  const opened = Number(process.hrtime.bigint());
  transcript.attach(sink);
  return () => {
    transcript.detach(sink);
    flush();
    files.close(fd);
    show(path, opened);
  };
}

/** Shows the events of a pod's transcript that are not ours, from a moment on. */
type Relay = (path: string, since: number) => void;

/** Each event once: a verb may look at a transcript more than once. */
function openRelay(transcript: Transcript): Relay {
  const shown = new Set<string>();
  return (path, since) => {
    if (!transcript.isWatched) return;
    // From its beginning: whose a shim is, is said where it was started.
    for (const event of withSteps(readEvents(path))) {
      const key = `${event.who} ${event.t} ${event.call}`;
      if (event.who === process.pid || event.t <= since || shown.has(key)) continue;
      shown.add(key);
      transcript.relay(event);
    }
  };
}

/** The signals of this process. At the second one it leaves at once: what is left is on record, and gc removes it. */
export function openInterrupts(): Interrupts {
  return new Interrupts(leaveAtOnce);
}

/**
 * Restores the default action of the signal and raises it again. Running tools are killed first: they have inherited the
 * locks of this verb, and a tool that hangs would keep them.
 */
function leaveAtOnce(signal: NodeJS.Signals): void {
  killTools();
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
