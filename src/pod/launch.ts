import { existsSync, openSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { checkWorkloadNumbers } from '../spec/check-numbers.ts';
import { APPLETS, SEARCH_PATH } from '../spec/search-path.ts';
import type { WorkloadSpec } from '../spec/workload-spec.ts';
import { InputError, OperationError } from '../sys/errors.ts';
import { ourselves } from '../sys/procfs.ts';
import { commandLine } from '../sys/programs.ts';
import { keepsMemory } from './holder.ts';
import type { Host } from './host.ts';
import { jobFiles } from './job.ts';
import { makeLimits, planLimits } from './limits.ts';
import type { LockedPod } from './lock-pod.ts';
import { type Shim, type ShimOptions, StartError, spawnShim, startShim } from './shim.ts';
import { runOptions } from './shim-options.ts';
import type { PodFiles } from './store.ts';
import { type Find, findFrom, openOrigins, runningProcess, type Target } from './target.ts';
import { ROOT, resolveUser } from './user.ts';
import { type StoredSpec, workloadFiles } from './workload-record.ts';

/** Where a workload's output goes: its log, or the descriptors of the waiting verb. */
export type Output = 'log' | readonly [stdout: number, stderr: number];

/**
 * What others learn from that a shim has ended: an end of the pipe between a pod's sidecars and the workloads they serve, or
 * the fifo of a pod for which others of its Job wait.
 */
export interface LifetimePipe {
  readonly kind: 'hold-open' | 'stop-on-eof' | 'turn';
  readonly fd: number;
}

/** Starts the shim of a workload that has a record, and the workload. Throws when its command could not be run. */
export async function launch(
  host: Host,
  root: string,
  pod: LockedPod,
  spec: StoredSpec,
  output: Output,
): Promise<Shim & { readonly first: number }> {
  const shim = withShimOptions(host, root, pod, spec, { output }, (options) => startShim(host, options));
  shim.say('go');
  const word = await shim.next();
  if (word.said === 'started') return { ...shim, first: word.pid };
  shim.letGo();
  const what = `workload "${pod.intent.name}/${spec.name}"`;
  if (word.said === 'failed') throw new StartError(what, spec.command[0] ?? '', word);
  throw new OperationError(`${what}: its shim ended before it had started anything`);
}

/** Starts the shim of a workload that has a record. It waits for `go` on `control`, its end of a socket. */
export function prepare(
  host: Host,
  root: string,
  pod: LockedPod,
  spec: StoredSpec,
  { control, lifetime }: { readonly control: number; readonly lifetime: readonly LifetimePipe[] },
): void {
  withShimOptions(host, root, pod, spec, { output: 'log', lifetime }, (options) =>
    spawnShim(host, options, control),
  );
}

/** Opens what a shim inherits, for as long as `start` takes. */
function withShimOptions<T>(
  host: Host,
  root: string,
  pod: LockedPod,
  spec: StoredSpec,
  { output, lifetime = [] }: { readonly output: Output; readonly lifetime?: readonly LifetimePipe[] },
  start: (options: ShimOptions) => T,
): T {
  const { files } = host;
  const paths = workloadFiles(pod.files, spec.name);
  const find = findFrom(pod, root);
  const origins = openOrigins(find, spec.origins);
  const fds: number[] = [];
  const open = (path: string, how: 'record' | 'append' | 'fifo') => {
    const fd = files.open(path, how);
    fds.push(fd);
    return fd;
  };
  try {
    const record = open(paths.status, 'record');
    const transcript = open(pod.files.transcript, 'append');
    const log = output === 'log' ? open(paths.log, 'append') : undefined;
    const groups = makeLimits(host, spec.limitGroups).map((fd) => ({ kind: 'cgroup', fd }));
    const memory = podMemory(find, pod, spec).map((fd) => ({ kind: 'holder', fd }));
    fds.push(...[...groups, ...memory].map(({ fd }) => fd));
    const job = jobFiles(pod, spec).map(({ kind, path, how }) => ({ kind, fd: open(path, how) }));
    const sharesMemory = joinsIpcOf(find, spec) !== undefined;
    return start({
      verb: 'run',
      options: [
        ...runOptions(host, spec, { pod, paths, fresh: origins.fresh, sharesMemory, find }),
        ...syncOptions(pod),
      ],
      command: spec.command,
      subject: spec.name,
      env: spec.environment,
      joined: [...origins.joined, ...memory, ...groups, ...lifetime, ...job],
      output: output === 'log' ? ['ignore', log as number, log as number] : ['ignore', ...output],
      session: 'own',
      record,
      transcript,
    });
  } finally {
    origins.close();
    for (const fd of fds) files.close(fd);
  }
}

/** What a selector may find tells the Services when it is ready, and when it is not any more. */
function syncOptions({ intent, files }: LockedPod): string[] {
  const cli = commandLine();
  if (intent.manifest === undefined || cli === undefined) return [];
  const root = resolve(files.root);
  const words = [join(root, 'services'), process.execPath, cli, '--state-dir', root, 'sync', '--queued'];
  return words.flatMap((word) => ['--sync', word]);
}

/** The spec with everything resolved that must stay the same when the workload is started again. */
export function resolveSpec(
  host: Pick<Host, 'instance' | 'warn'>,
  find: Find,
  pod: PodFiles,
  spec: WorkloadSpec,
  logged: boolean,
): StoredSpec {
  checkWorkloadNumbers(spec);
  const { groups, ...user } = spec.user === undefined ? ROOT : resolveUser(spec.user, spec.rootfs);
  for (const { source, from = 'host' } of spec.volumes ?? []) {
    if (from === 'host' && !existsSync(source))
      throw new InputError(`volume ${source} does not exist on this host`);
  }
  const name = hostnameFor(find, spec);
  // An image has no directory of applets: busybox is a program of the host.
  const path = spec.rootfs === undefined ? `${SEARCH_PATH}:${APPLETS}` : SEARCH_PATH;
  const environment = { PATH: path, HOME: user.home, HOSTNAME: name, ...spec.env };
  return {
    ...spec,
    environment,
    logged,
    userIds: { ...user, groups: [...new Set([...groups, ...(spec.groups ?? [])])] },
    hostname: name,
    creator: ourselves(),
    limitGroups: planLimits(host, spec.limits, { pod, workload: spec.name }),
  };
}

/** The mount namespace in which a holder keeps what is memory: for the shared memory, and for the pod's own volumes. */
function podMemory(find: Find, pod: LockedPod, spec: StoredSpec): number[] {
  const needsVolumes = (spec.volumes ?? []).some(({ from }) => from === 'holder');
  const donor = joinsIpcOf(find, spec) ?? (needsVolumes && keepsMemory(pod.intent) ? { pod } : undefined);
  return donor ? [openSync(`/proc/${runningProcess(donor).pid}/ns/mnt`, 'r')] : [];
}

/** The pod whose shared memory goes with the ipc namespace that is joined. */
function joinsIpcOf(find: Find, { origins: { ipc } }: StoredSpec): Target | undefined {
  if (typeof ipc !== 'object') return undefined;
  const target = find(ipc.of);
  return target.workload || !target.pod.intent.share.includes('ipc') ? undefined : target;
}

/** Docker copies the donor's host name into a UTS namespace that is new; a later change is then seen by one alone. */
function hostnameFor(find: Find, { name, origins: { net, uts } }: WorkloadSpec): string {
  const donor = typeof uts === 'object' ? uts : net;
  if (typeof donor === 'object') return find(donor.of).pod.intent.hostname;
  return uts === 'host' || net === 'host' ? hostname() : name;
}
