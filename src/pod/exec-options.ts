import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { namespaceAt, sameNamespace } from '../ns/namespace.ts';
import type { ShareKind } from '../spec/pod-spec.ts';
import { APPLETS, SEARCH_PATH } from '../spec/search-path.ts';
import type { Files } from '../sys/files.ts';
import { appletOptions } from './applets.ts';
import { ETC_FILES } from './etc.ts';
import type { ExecRecord } from './exec-records.ts';
import { keepsMemory, SHM_SIZE } from './holder.ts';
import { openFilesLimit } from './open-files.ts';
import { rights } from './shim-options.ts';
import type { PodRecord } from './store.ts';
import { runningProcess, type Target } from './target.ts';
import { ROOT, resolveUser } from './user.ts';

/** How a command is run. */
export interface ExecStyle {
  readonly tty: boolean;
  readonly privileged: boolean;
  /** Added to the workload's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Instead of the workload's own. */
  readonly cwd?: string;
  /** `USER[:GROUP]`, instead of the workload's own. */
  readonly user?: string;
}

/** The words after `shim exec`, but for the descriptors. native/README.md */
export function execOptions(
  files: Files,
  { pod, workload }: Target,
  { tty, privileged, cwd, user }: ExecStyle,
  record: Pick<ExecRecord, 'stage' | 'applets'>,
): string[] {
  const userIds = user === undefined ? undefined : resolveUser(user, workload?.spec.rootfs);
  return [
    ...rights(userIds ? { ...workload?.spec, userIds } : workload?.spec),
    ...(privileged && !workload?.spec.privileged ? ['--privileged'] : []),
    ...['--cwd', cwd ?? workload?.spec.cwd ?? '/'],
    ...openFilesLimit(),
    ...(tty ? ['--tty'] : []),
    ...(workload ? [] : rootOptions(files, pod, record)),
  ];
}

export function execEnvironment(
  { pod, workload }: Target,
  { tty, env, user }: ExecStyle,
): Record<string, string> {
  const terminal = tty ? { TERM: process.env.TERM ?? 'xterm' } : {};
  const own = workload?.spec.environment ?? {
    PATH: `${SEARCH_PATH}:${APPLETS}`,
    HOME: ROOT.home,
    HOSTNAME: pod.intent.hostname,
  };
  // As in Docker: another user has another home, unless the workload's own variables name one.
  const home =
    user !== undefined && workload?.spec.env?.HOME === undefined
      ? { HOME: resolveUser(user, workload?.spec.rootfs).home }
      : {};
  return { ...terminal, ...own, ...home, ...env };
}

/** Opens what a command joins, for as long as `start` takes. */
export function withJoined<T>(
  files: Files,
  target: Target,
  start: (joined: readonly { readonly kind: string; readonly fd: number }[]) => T,
): T {
  const { pod, workload } = target;
  const { pid } = runningProcess(target);
  const groups = (workload?.spec.limitGroups ?? []).map(({ path }) => ({
    kind: 'cgroup',
    fd: files.open(join(path, 'cgroup.procs'), 'entrance'),
  }));
  const memory =
    workload || !sharesMemory(pod) ? [] : [{ kind: 'holder', fd: openSync(`/proc/${pid}/ns/mnt`, 'r') }];
  const joined = [...openAll(pid, workload ? [...SHARED, 'mnt'] : pod.intent.share), ...memory, ...groups];
  try {
    return start(joined);
  } finally {
    for (const { fd } of joined) closeSync(fd);
  }
}

/** A pod alone has no root: its command gets one as a workload does, with the pod's names, its shared memory and busybox's applets. */
function rootOptions(
  files: Files,
  pod: PodRecord,
  { stage, applets }: Pick<ExecRecord, 'stage' | 'applets'>,
): string[] {
  const { etc } = pod.files;
  files.makeDirectory(stage);
  const named = pod.intent.share.includes('net');
  return [
    ...['--stage', stage],
    ...(sharesMemory(pod) ? ['--shm', '/shm'] : ['--shm-size', String(SHM_SIZE)]),
    ...(named ? ETC_FILES.flatMap((file) => ['--bind', `${join(etc, file)}:/etc/${file}`]) : []),
    ...appletOptions(files, applets),
  ];
}

function sharesMemory({ intent }: PodRecord): boolean {
  return keepsMemory(intent) && intent.share.includes('ipc');
}

const SHARED = ['net', 'ipc', 'uts', 'pid'] as const satisfies readonly ShareKind[];

/** Only what differs from our own: joining where one is already needs privileges for nothing. */
function openAll<K extends string>(pid: number, kinds: readonly K[]): { kind: K; fd: number }[] {
  return kinds
    .filter(
      (kind) =>
        !sameNamespace(namespaceAt(`/proc/${pid}/ns/${kind}`), namespaceAt(`/proc/thread-self/ns/${kind}`)),
    )
    .map((kind) => ({ kind, fd: openSync(`/proc/${pid}/ns/${kind}`, 'r') }));
}
