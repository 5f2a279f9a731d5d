import { closeSync, lstatSync, readSync, writeSync } from 'node:fs';
import type { NetnsSocket } from '../net/driver.ts';
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
import { ALIVE_FD, FIRST_PASSED_FD } from './descriptors.ts';
import type { Host } from './host.ts';
import { openFilesLimit } from './open-files.ts';
import type { Intent } from './record.ts';
import type { LockedPod, PodRecord } from './store.ts';

/** A holder that was started and not yet let go: it ends when its creator does. */
export interface OwnedHolder {
  readonly pid: number;
  /** A socket of its network namespace, where the driver has one. It keeps the namespace alive until `leave`. */
  readonly netnsSocket: NetnsSocket | undefined;
  leave(): void;
  /** Waits until it is what it shall be: meanwhile its creator wires its network. */
  settled(): Settled;
  /** The one word that moves the ownership: from now on it lives without us. */
  stay(): void;
  /** Closes the control pipe: unless `stay` was said, the holder ends. */
  letGo(): void;
}

/** A running holder and the inodes of its namespaces. */
export interface Settled {
  readonly holder: ProcessIdentity;
  readonly namespaces: Readonly<Record<string, number>>;
}

/** The descriptor on which `shim hold` reports a failure. */
const REPORT_FD = FIRST_PASSED_FD;

/** What the pod's workloads share at /dev/shm; Docker's and Kubernetes' default. */
export const SHM_SIZE = 64 * 1024 * 1024;

/**
 * Starts the holder inside a window: it is born in the new namespaces, and this thread is home again before
 * anything else happens. One spawn may be made while pid_for_children differs, and this is it.
 */
export function startHolder(host: Host, pod: LockedPod): OwnedHolder {
  const { kernel, files, start, sysctl, net } = host;
  const { share, hostname, sysctls = {} } = pod.intent;
  const alive = files.open(pod.files.alive, 'lock');
  const [control, controlEnd] = pipe(
    kernel,
    'the holder ends when its creator does: the other end of this pipe is closed then',
  );
  const [word, wordEnd] = pipe(
    kernel,
    'the shim reports on this pipe what failed; its end means that pause runs',
  );
  const transcript = files.open(pod.files.transcript, 'append');
  let holder: Started;
  let netnsSocket: NetnsSocket | undefined;
  try {
    tryLock(
      kernel,
      alive,
      'exclusive',
      'the holder inherits this lock: as long as it is held, the holder lives',
    );
    holder = enter(kernel, { unshare: windowKinds(share) }, () => {
      if (share.includes('uts')) sethostname(kernel, hostname);
      // A path below /proc/sys means the namespaces of the thread that opens it.
      for (const [path, value] of Object.entries(sysctls))
        sysctl.write(path, value, "a setting of the pod's own namespaces, from its manifest");
      if (share.includes('net')) netnsSocket = net.openNetnsSocket();
      return start({
        ...holderProgram(pod, { control, alive, transcript, wordEnd }),
        purpose: 'the holder is born in the new namespaces; as long as it lives, they do',
        env: {},
        bornInto: `new ${share.join(', ')}`,
      });
    });
  } catch (error) {
    netnsSocket?.close();
    closeSync(controlEnd);
    closeSync(word);
    throw error;
  } finally {
    // Closing, never LOCK_UN: the lock is the open file's, and the holder has it open. "Locked" now means "alive".
    for (const fd of [alive, control, transcript, wordEnd]) closeSync(fd);
  }
  return { ...holder, ...handle(holder, { controlEnd, word, netnsSocket }) };
}

/** Whether the holder lives, by the lock that it carries; true also of one whose pid was never recorded. */
export function holderHoldsLock({ kernel, files }: Host, { files: pod }: Pick<PodRecord, 'files'>): boolean {
  // The lock file may have been removed and another file be there: then the holder is found by its open descriptor.
  if (!lstatSync(pod.alive, { throwIfNoEntry: false })?.isFile())
    return openersOf(pod.alive, ALIVE_FD).length > 0;
  const fd = files.open(pod.alive, 'lock');
  try {
    return !tryLock(kernel, fd, 'shared', 'whether the holder lives: it holds this lock');
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
  for (const holder of openersOf(alive, ALIVE_FD))
    signalProcess(host.kernel, holder, 'SIGKILL', 'ends a holder that did not end by itself');
  if (await host.until(gone, 2000)) return;
  throw new OperationError(`the holder of pod "${pod.files.name}" does not end`, {
    hint: `see who has its lock open: fuser -v ${alive}`,
  });
}

/** Asks a holder to end, and does not wait. Without a status, the process that holds its lock: a committed one does not end by itself. */
export function askHolder({ kernel }: Host, { files, status }: Pick<PodRecord, 'files' | 'status'>): void {
  for (const holder of status?.holder ? [status.holder] : openersOf(files.alive, ALIVE_FD))
    signalProcess(kernel, holder, 'SIGTERM', 'asks the holder to end: its namespaces end with it');
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
    ...openFilesLimit(),
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
  {
    controlEnd,
    word,
    netnsSocket,
  }: { controlEnd: number; word: number; netnsSocket: NetnsSocket | undefined },
): Omit<OwnedHolder, 'pid'> {
  const open = new Set([controlEnd, word]);
  const close = (fd: number) => {
    if (open.delete(fd)) closeSync(fd);
  };
  let left = netnsSocket;
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
    netnsSocket,
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

/** Reads the links' texts: a third of the time of stat(2) on what they lead to. */
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
