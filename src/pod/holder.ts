import { closeSync, readSync, writeSync } from 'node:fs';
import type { NetnsSocket } from '../net/driver.ts';
import { ALL_KINDS } from '../ns/kinds.ts';
import { parseLink } from '../ns/namespace.ts';
import { enter, windowKinds } from '../ns/window.ts';
import { FIRST_PASSED_FD } from '../sys/descriptors.ts';
import { errnoWords, errorCode, OperationError } from '../sys/errors.ts';
import { tryLock } from '../sys/lock.ts';
import type { Started, StayingProgram } from '../sys/posix-spawn.ts';
import { identify, isRunning, type ProcessIdentity, readProcLink } from '../sys/procfs.ts';
import { program } from '../sys/programs.ts';
import { pipe, sethostname } from '../sys/syscalls.ts';
import { openAdopted } from './adopted-netns.ts';
import type { Host } from './host.ts';
import type { LockedPod } from './lock-pod.ts';
import { openFilesLimit } from './open-files.ts';
import type { Intent } from './record.ts';

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
  const { share, hostname, sysctls = {}, netns } = pod.intent;
  const fresh = share.filter((kind) => !(kind === 'net' && netns));
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
  let adopted: number | undefined;
  let holder: Started;
  let netnsSocket: NetnsSocket | undefined;
  try {
    tryLock(
      kernel,
      alive,
      'exclusive',
      'the holder inherits this lock: as long as it is held, the holder lives',
    );
    if (netns) adopted = openAdopted(kernel, netns);
    const join = adopted === undefined ? [] : [['net', adopted] as const];
    holder = enter(kernel, { join, unshare: windowKinds(fresh) }, () => {
      if (share.includes('uts')) sethostname(kernel, hostname);
      // A path below /proc/sys means the namespaces of the thread that opens it.
      for (const [path, value] of Object.entries(sysctls))
        sysctl.write(path, value, "a setting of the pod's own namespaces, from its manifest");
      if (share.includes('net')) netnsSocket = net.openNetnsSocket();
      return start({
        ...holderProgram(pod, { control, alive, transcript, wordEnd }),
        purpose: 'the holder is born in the new namespaces; as long as it lives, they do',
        env: {},
        bornInto: [
          ...(fresh.length > 0 ? [`new ${fresh.join(', ')}`] : []),
          ...(netns ? [`net of ${netns.path}`] : []),
        ].join(', '),
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
    if (adopted !== undefined) closeSync(adopted);
  }
  return { ...holder, ...handle(holder, { controlEnd, word, netnsSocket }) };
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
