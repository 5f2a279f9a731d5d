import { existsSync } from 'node:fs';
import { openersOf } from '../observe/openers.ts';
import type { WorkloadSpec } from '../spec/workload-spec.ts';
import { ALIVE_FD, FIRST_PASSED_FD } from '../sys/descriptors.ts';
import { openerOf, watchEnd } from '../sys/known-process.ts';
import { tryLock } from '../sys/lock.ts';
import { program } from '../sys/programs.ts';
import { signalProcess } from '../sys/signal.ts';
import { type Control, type Nothing, numberIn, openControl, unknownWord } from './control.ts';
import { type Host, KILL_PATIENCE } from './host.ts';
import { finishedCommand } from './job.ts';
import type { LockedPod } from './lock-pod.ts';
import type { PodRecord } from './store.ts';
import type { Turn } from './turn.ts';

/** What a supervisor says until all that starts at once runs. */
export type SupervisorWord =
  | { readonly said: 'started'; readonly name: string; readonly pid: number }
  | { readonly said: 'failed'; readonly name: string; readonly step: string; readonly errno: number }
  | { readonly said: 'settled' }
  | Nothing;

/** A supervisor that was started and not yet let go: it ends when its creator does, and the shims with it. */
export interface OwnedSupervisor extends Control<SupervisorWord> {
  readonly pid: number;
}

/** A container that waits for its turn, and our end of the socket to its shim. */
export interface Waiting {
  readonly spec: WorkloadSpec;
  readonly socket: number;
}

/** What of its Job concerns a pod's supervisor. */
interface Place {
  readonly turn?: Pick<Turn, 'ahead' | 'together'> | undefined;
  /** In seconds: so long after the Job has ended its pods are taken down. */
  readonly ttl?: number | undefined;
}

const NO_TURN = { ahead: [], together: 0 } as const;

/** What the next container waits for. native/supervisor.c has the same words. */
type Until = 'exited' | 'startup-done' | 'hook-done' | 'started';

/** Whether containers wait for one another; else they all start at the same time, and no supervisor is needed. */
export function hasOrder(specs: readonly WorkloadSpec[]): boolean {
  return specs.some((spec) => spec.phase !== undefined || untilOf(spec) !== 'started');
}

/**
 * Starts the process that starts a pod's containers in their order, when it is the pod's turn. It has the sockets to all
 * shims, so it can also end them.
 */
export function startSupervisor(
  host: Host,
  pod: LockedPod,
  containers: readonly Waiting[],
  { turn: { ahead, together } = NO_TURN, ttl }: Place,
): OwnedSupervisor {
  const { files, kernel } = host;
  const lock = files.open(pod.files.supervisor, 'lock');
  const command = ttl === undefined ? undefined : finishedCommand(pod);
  let job: readonly number[] = [];
  try {
    if (pod.intent.job !== undefined) job = [files.open(pod.files.jobFailed, 'fifo')];
    if (command) job = [...job, files.open(pod.files.jobFailed, 'fifo reader')];
    tryLock(
      kernel,
      lock,
      'exclusive',
      'the supervisor inherits this lock: as long as it is held, the supervisor lives',
    );
    const file = program('supervisor');
    const sockets = containers.map(({ socket }) => socket);
    const passed = (index: number) => String(FIRST_PASSED_FD + index);
    const queue = ahead.map((_, index) => passed(sockets.length + index)).join();
    const [fails, ends] = job.map((_, index) => passed(sockets.length + ahead.length + index));
    const words = [
      ...(fails === undefined ? [] : ['job', fails]),
      ...(command && ends !== undefined
        ? ['ttl', String(ttl), ends, String(command.length), ...command]
        : []),
      ...(ahead.length > 0 ? ['queue', String(together), queue] : []),
      ...containers.flatMap(({ spec }, index) => [untilOf(spec), spec.name, passed(index)]),
    ];
    const spawned = host.spawn({
      file,
      argv: [file, ...words],
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', lock, 'ignore', ...sockets, ...ahead, ...job],
      env: {},
      purpose: 'starts the containers in their order, so that no verb waits for a program of the pod',
      bornInto: "the host's namespaces",
      session: 'own',
    });
    return { pid: spawned.pid, ...openControl(spawned, parse) };
  } finally {
    for (const fd of [lock, ...job]) files.close(fd);
  }
}

/** Ends a supervisor: from then on nothing more starts in the pod. What it has started runs on. */
export async function endSupervisor(host: Host, { files, status }: PodRecord): Promise<void> {
  if (!existsSync(files.supervisor)) return;
  // One that was never committed ends with its creator, and its pid is not on record.
  const found = status?.supervisor
    ? [openerOf(files.supervisor, ALIVE_FD, status.supervisor.pid)]
    : openersOf(files.supervisor, ALIVE_FD);
  for (const supervisor of found) {
    await watchEnd([supervisor], async (haveEnded) => {
      signalProcess(host.kernel, supervisor, 'SIGTERM', 'nothing more is started in the pod');
      if (await host.until(haveEnded, 2000)) return;
      signalProcess(host.kernel, supervisor, 'SIGKILL', 'ends a supervisor that does not end');
      await host.until(haveEnded, KILL_PATIENCE);
    });
  }
}

/** As the kubelet: an init container to its end; a sidecar until it has started; any other until its hook has run. */
function untilOf({ phase, handlers = [] }: WorkloadSpec): Until {
  const has = (...kinds: string[]) => handlers.some(({ when }) => kinds.includes(when));
  if (phase === 'init') return 'exited';
  if (phase === 'sidecar') return has('post-start', 'startup') ? 'startup-done' : 'started';
  return has('post-start') ? 'hook-done' : 'started';
}

function parse(line: string): SupervisorWord {
  const [said, name = '', first = '', second = ''] = line.split(' ');
  switch (said) {
    case 'settled':
      return { said };
    case 'started':
      return { said, name, pid: numberIn(line, first, 'pid') };
    case 'failed':
      return { said, name, step: first, errno: numberIn(line, second, 'errno') };
    default:
      throw unknownWord(line);
  }
}
