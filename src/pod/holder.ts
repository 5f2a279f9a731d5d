import { closeSync, lstatSync, readSync, writeSync } from 'node:fs';
import type { Way } from '../net/driver.ts';
import { ALL_KINDS } from '../ns/kinds.ts';
import { parseLink } from '../ns/namespace.ts';
import { enter, windowKinds } from '../ns/window.ts';
import { openersOf } from '../observe/openers.ts';
import { errnoWords, errorCode, OperationError } from '../sys/errors.ts';
import { tryLock } from '../sys/lock.ts';
import type { Started, StayingProgram } from '../sys/posix-spawn.ts';
import { identify, isRunning, type ProcessIdentity, readProcLink } from '../sys/procfs.ts';
import { program } from '../sys/programs.ts';
import { signalProcess } from '../sys/signal.ts';
import { pipe, sethostname } from '../sys/syscalls.ts';
import type { Host } from './host.ts';
import type { Intent } from './record.ts';
import type { LockedPod, PodRecord } from './store.ts';

/** A holder that was started and not yet let go: it ends when its creator does. */
export interface OwnedHolder {
  readonly pid: number;
  /** A way into its network namespace, where the driver has one. It keeps that alive: until `leave`. */
  readonly way: Way | undefined;
  leave(): void;
  /** Waits until it is what it shall be: meanwhile its creator wires its network. */
  settled(): Settled;
  /** The one word that moves the ownership: from now on it lives without us. */
  stay(): void;
  /** Closes the control pipe: unless `stay` was said, the holder ends. */
  letGo(): void;
}

/** A holder that stands: who it is, and the inodes of its namespaces. */
export interface Settled {
  readonly holder: ProcessIdentity;
  readonly namespaces: Readonly<Record<string, number>>;
}

/** The descriptor under which a holder has its `alive` lock: native/README.md. */
const ALIVE_FD = 4;

/** The descriptor on which its shim says what failed. */
const REPORT_FD = 6;

/** What the pod's workloads share at /dev/shm; Docker's and Kubernetes' default. */
const SHM_SIZE = 64 * 1024 * 1024;

/**
 * Starts the holder inside a window: it is born in the new namespaces, and this thread is home again before
 * anything else happens. One spawn may be made while pid_for_children differs, and this is it.
 */
export function startHolder(host: Host, pod: LockedPod): OwnedHolder {
  const { kernel, files, start, sysctl, net } = host;
  const { share, hostname, sysctls = {} } = pod.intent;
  const alive = files.open(pod.files.alive, 'lock');
  const [control, controlEnd] = pipe(kernel);
  const [word, wordEnd] = pipe(kernel);
  const transcript = files.open(pod.files.transcript, 'append');
  let holder: Started;
  let way: Way | undefined;
  try {
    tryLock(kernel, alive, 'exclusive');
    holder = enter(kernel, { unshare: windowKinds(share) }, () => {
      if (share.includes('uts')) sethostname(kernel, hostname);
      // Whose setting a path below /proc/sys is, is decided by who opens it.
      for (const [path, value] of Object.entries(sysctls)) sysctl.write(path, value);
      if (share.includes('net')) way = net.openWay();
      return start({
        ...holderProgram(pod, { control, alive, transcript, wordEnd }),
        env: {},
        bornInto: `new ${share.join(', ')}`,
      });
    });
  } catch (error) {
    way?.close();
    closeSync(controlEnd);
    closeSync(word);
    throw error;
  } finally {
    // Closing, never LOCK_UN: the lock is the open file's, and the holder has it open. "Locked" now means "alive".
    for (const fd of [alive, control, transcript, wordEnd]) closeSync(fd);
  }
  return { ...holder, ...handle(holder, { controlEnd, word, way }) };
}

/** Whether the holder lives, by the lock that it carries; true also of one whose pid was never recorded. */
export function holderHoldsLock({ kernel, files }: Host, { files: pod }: Pick<PodRecord, 'files'>): boolean {
  // By the lock's own file: what stands in its place, when somebody has removed it, nobody has locked.
  if (!lstatSync(pod.alive, { throwIfNoEntry: false })?.isFile())
    return openersOf(pod.alive, ALIVE_FD).length > 0;
  const fd = files.open(pod.alive, 'lock');
  try {
    return !tryLock(kernel, fd, 'shared');
  } finally {
    files.close(fd);
  }
}

/**
 * Ends a holder and waits until it is gone: TERM, then KILL. One that was never committed ends by itself, because its
 * creator's end of the pipe is closed; should it not, it is found by the lock that it carries.
 */
export async function endHolder(host: Host, pod: Pick<PodRecord, 'files' | 'status'>): Promise<void> {
  const { alive } = pod.files;
  const recorded = pod.status?.holder;
  askHolder(host, pod);
  const gone = () => !(recorded && isRunning(recorded)) && !holderHoldsLock(host, pod);
  if (await host.until(gone, 2000)) return;
  for (const holder of openersOf(alive, ALIVE_FD)) signalProcess(host.kernel, holder, 'SIGKILL');
  if (await host.until(gone, 2000)) return;
  throw new OperationError(`the holder of pod "${pod.files.name}" does not end`, {
    hint: `see who has its lock open: fuser -v ${alive}`,
  });
}

/** Asks a holder to end, and does not wait. Without a status, whoever has its lock: one that was committed does not end by itself. */
export function askHolder({ kernel }: Host, { files, status }: Pick<PodRecord, 'files' | 'status'>): void {
  for (const holder of status?.holder ? [status.holder] : openersOf(files.alive, ALIVE_FD))
    signalProcess(kernel, holder, 'SIGTERM');
}

/** What is memory and outlives a workload: a shim gives the holder a mount namespace that has these mounts alone. */
function holderProgram(
  { files, intent }: LockedPod,
  { control, alive, transcript, wordEnd }: Record<'control' | 'alive' | 'transcript' | 'wordEnd', number>,
): Pick<StayingProgram, 'file' | 'argv' | 'stdio'> {
  const pause = program('pause');
  const stdio = ['ignore', 'ignore', 'ignore', control, alive] as const;
  if (!keepsMemory(intent)) return { file: pause, argv: [pause, intent.name], stdio };
  const shim = program('shim');
  const options = [
    ...['--report', String(REPORT_FD), '--stage', files.directory],
    ...(intent.share.includes('ipc') ? ['--shm-size', String(SHM_SIZE)] : []),
    ...(intent.volumes ?? []).flatMap(({ name, options }) => ['--tmpfs', `${name}:${options}`]),
  ];
  return {
    file: shim,
    argv: [shim, 'hold', ...options, '--', pause, intent.name],
    stdio: [...stdio, transcript, wordEnd],
  };
}

/** Whether a holder has a mount namespace of its own, from which workloads take what the pod keeps in memory. */
export function keepsMemory({ share, volumes = [] }: Pick<Intent, 'share' | 'volumes'>): boolean {
  return share.includes('ipc') || volumes.length > 0;
}

/** A workload that sees its pod's holder may have ended it by now. */
function sayStay(controlEnd: number): void {
  try {
    writeSync(controlEnd, 'stay');
  } catch (cause) {
    if (errorCode(cause) !== 'EPIPE') throw cause;
    throw new OperationError('the holder ended before its pod was whole', { cause });
  }
}

function handle(
  holder: Started,
  { controlEnd, word, way }: { controlEnd: number; word: number; way: Way | undefined },
): Omit<OwnedHolder, 'pid'> {
  const open = new Set([controlEnd, word]);
  const close = (fd: number) => {
    if (open.delete(fd)) closeSync(fd);
  };
  let left = way;
  const leave = () => {
    left?.close();
    left = undefined;
  };
  const letGo = () => {
    close(controlEnd);
    close(word);
    leave();
    holder.reap();
  };
  return {
    way,
    leave,
    settled() {
      try {
        refuseFailure(word);
      } finally {
        close(word);
      }
      const identity = identify(holder.pid);
      if (!identity || !isRunning(identity))
        throw new OperationError('the holder ended as soon as it was started');
      return { holder: identity, namespaces: inodesOf(identity) };
    },
    stay() {
      if (open.has(controlEnd)) sayStay(controlEnd);
      letGo();
      holder.reapLater();
    },
    letGo,
  };
}

/** Its execve(2) of `pause` closes the word pipe: end-of-file is success, and anything that can be read is what failed. */
function refuseFailure(word: number): void {
  const chunk = Buffer.alloc(256);
  const length = readSync(word, chunk);
  if (length > 0) throw notSetUp(chunk.toString('utf8', 0, length));
}

/** By the links' texts, which takes a third of the time of looking at what they lead to. */
function inodesOf({ pid }: ProcessIdentity): Record<string, number> {
  const links = ALL_KINDS.map((kind) => parseLink(readProcLink(`/proc/${pid}/ns/${kind}`) ?? ''));
  return Object.fromEntries(links.flatMap((link) => (link ? [[link.kind, link.inode]] : [])));
}

/** `failed STEP ERRNO [WHAT…]`, as every shim says it. */
function notSetUp(line: string): OperationError {
  const [, step = '', errno = '', ...what] = line.trim().split(' ');
  const [code, meaning] = errnoWords(Number(errno));
  return new OperationError(
    `the holder cannot be set up: ${[step, ...what].join(' ')} failed: ${code} (${meaning})`,
  );
}
