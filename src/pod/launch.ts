import { existsSync, openSync } from 'node:fs';
import { hostname } from 'node:os';
import { checkWorkloadNumbers } from '../spec/check-numbers.ts';
import { APPLETS, SEARCH_PATH } from '../spec/search-path.ts';
import type { WorkloadSpec } from '../spec/workload-spec.ts';
import { InputError, OperationError } from '../sys/errors.ts';
import { ourselves } from '../sys/procfs.ts';
import { keepsMemory } from './holder.ts';
import type { Host } from './host.ts';
import { makeLimits, planLimits } from './limits.ts';
import { type Shim, StartError, startShim } from './shim.ts';
import { runOptions } from './shim-options.ts';
import type { LockedPod } from './store.ts';
import { type Find, findFrom, openOrigins, runningProcess, type Target } from './target.ts';
import { ROOT, resolveUser } from './user.ts';
import { type StoredSpec, workloadFiles } from './workload-record.ts';

/** Where a workload's output goes: its log, or the descriptors of the waiting verb. */
export type Output = 'log' | readonly [stdout: number, stderr: number];

/** An end of the pipe by which a pod's sidecars learn that the workloads they serve have ended. */
export interface LifetimePipe {
  readonly kind: 'hold-open' | 'stop-on-eof';
  readonly fd: number;
}

/** Starts the shim of a workload that has a record, and the workload. Throws when its command could not be run. */
export async function launch(
  host: Host,
  root: string,
  pod: LockedPod,
  spec: StoredSpec,
  output: Output,
  lifetime: readonly LifetimePipe[] = [],
): Promise<Shim & { readonly first: number }> {
  const { files } = host;
  const paths = workloadFiles(pod.files, spec.name);
  const what = `workload "${pod.intent.name}/${spec.name}"`;
  const find = findFrom(pod, root);
  const origins = openOrigins(find, spec.origins);
  const fds: number[] = [];
  const open = (path: string, how: 'record' | 'append') => {
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
    const sharesMemory = joinsIpcOf(find, spec) !== undefined;
    const shim = startShim(host, {
      verb: 'run',
      options: runOptions(host, spec, { pod, paths, fresh: origins.fresh, sharesMemory, find }),
      command: spec.command,
      subject: spec.name,
      env: spec.environment,
      joined: [...origins.joined, ...memory, ...groups, ...lifetime],
      output: output === 'log' ? ['ignore', log as number, log as number] : ['ignore', ...output],
      session: 'own',
      record,
      transcript,
    });
    shim.say('go');
    const word = await shim.next();
    if (word.said === 'started') return { ...shim, first: word.pid };
    shim.letGo();
    if (word.said === 'failed') throw new StartError(what, spec.command[0] ?? '', word);
    throw new OperationError(`${what}: its shim ended before it had started anything`);
  } finally {
    origins.close();
    for (const fd of fds) files.close(fd);
  }
}

/** The spec with everything resolved that must stay the same when the workload is started again. */
export function resolveSpec(
  find: Find,
  pod: string,
  spec: WorkloadSpec,
  logged: boolean,
  warn: (line: string) => void,
): StoredSpec {
  checkWorkloadNumbers(spec);
  const { groups, ...user } = spec.user === undefined ? ROOT : resolveUser(spec.user);
  for (const { source, from = 'host' } of spec.volumes ?? []) {
    if (from === 'host' && !existsSync(source))
      throw new InputError(`volume ${source} does not exist on this host`);
  }
  const name = hostnameFor(find, spec);
  const environment = { PATH: `${SEARCH_PATH}:${APPLETS}`, HOME: user.home, HOSTNAME: name, ...spec.env };
  return {
    ...spec,
    environment,
    logged,
    userIds: { ...user, groups: [...new Set([...groups, ...(spec.groups ?? [])])] },
    hostname: name,
    creator: ourselves(),
    limitGroups: planLimits(spec.limits, { pod, workload: spec.name }, warn),
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
