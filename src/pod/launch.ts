import { existsSync, openSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { InputError, OperationError } from '../sys/errors.ts';
import { identify, type ProcessIdentity } from '../sys/procfs.ts';
import { APPLETS, appletOptions, SEARCH_PATH } from './applets.ts';
import type { Doors } from './doors.ts';
import { ETC_FILES, writeEtc } from './etc.ts';
import { STATUS_SIZE } from './record.ts';
import { type Shim, StartError, startShim } from './shim.ts';
import { DEFAULT_GRACE, type ShareKind, type WorkloadSpec } from './spec.ts';
import type { LockedPod } from './store.ts';
import { findTarget, openOrigins, runningProcess } from './target.ts';
import { ROOT, resolveUser } from './user.ts';
import { type StoredSpec, type WorkloadFiles, workloadFiles } from './workload-record.ts';

/** Where a workload's output goes: its log, or the descriptors of whoever waits for it. */
export type Output = 'log' | readonly [stdout: number, stderr: number];

/** Starts the shim of a workload that has a record, and the workload. Throws when its command could not be run. */
export async function launch(
  doors: Doors,
  root: string,
  pod: LockedPod,
  spec: StoredSpec,
  output: Output,
): Promise<Shim & { readonly first: number }> {
  const { files } = doors;
  const paths = workloadFiles(pod.files, spec.name);
  const what = `workload "${pod.intent.name}/${spec.name}"`;
  const origins = openOrigins(root, spec.origins);
  const fds: number[] = [];
  const open = (path: string, how: 'record' | 'append') => {
    const fd = files.open(path, how);
    fds.push(fd);
    return fd;
  };
  try {
    const record = open(paths.status, 'record');
    const diary = open(pod.files.diary, 'append');
    const log = output === 'log' ? open(paths.log, 'append') : undefined;
    const shm = sharedMemory(root, spec);
    if (shm !== undefined) fds.push(shm);
    const shim = startShim(doors, {
      verb: 'run',
      options: options(doors, root, spec, paths, origins.fresh, shm !== undefined),
      command: spec.command,
      env: spec.environment,
      joined: [...origins.joined, ...(shm === undefined ? [] : [{ kind: 'shm', fd: shm }])],
      output: output === 'log' ? ['ignore', log as number, log as number] : ['ignore', ...output],
      session: 'own',
      record,
      diary,
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

/** The wish with everything resolved that must stay the same when the workload is started again. */
export function resolveSpec(root: string, spec: WorkloadSpec, logged: boolean): StoredSpec {
  const user = spec.user === undefined ? ROOT : resolveUser(spec.user);
  for (const { source } of spec.volumes ?? []) {
    if (!existsSync(source)) throw new InputError(`volume ${source} does not exist on this host`);
  }
  const name = hostnameFor(root, spec);
  const environment = { PATH: `${SEARCH_PATH}:${APPLETS}`, HOME: user.home, HOSTNAME: name, ...spec.env };
  const creator = identify(process.pid) as ProcessIdentity;
  return { ...spec, environment, logged, userIds: user, hostname: name, creator };
}

/** A status record before the shim's first word: of full size, so that a full disk cannot stop what follows. */
export function emptyStatus(): string {
  const numbers = { shim: 0, shimStart: 0, pid: 0, start: 0, code: 0, signal: 0, restarts: 0 };
  const words = { step: '', errno: 0, note: '', startedAt: 0, finishedAt: 0 };
  const status = { seq: 0, state: 'created', stay: false, ...numbers, ...words, end: 0 };
  return `${JSON.stringify(status).padEnd(STATUS_SIZE - 1)}\n`;
}

function options(
  doors: Doors,
  root: string,
  spec: StoredSpec,
  paths: WorkloadFiles,
  fresh: readonly ShareKind[],
  sharesMemory: boolean,
): string[] {
  const { uid, gid, groups } = spec.userIds;
  return [
    ...['--stage', paths.stage],
    ...(fresh.length > 0 ? ['--new', fresh.join(',')] : []),
    ...(fresh.includes('uts') ? ['--hostname', spec.hostname] : []),
    ...(sharesMemory ? [] : ['--shm-size', String(64 * 1024 * 1024)]),
    ...(spec.restart === undefined ? [] : ['--restart', spec.restart]),
    ...['--grace', String(spec.grace ?? DEFAULT_GRACE)],
    ...(uid === 0 && gid === 0 ? [] : ['--uid', String(uid), '--gid', String(gid)]),
    ...(groups.length > 0 ? ['--groups', groups.join(',')] : []),
    ...(spec.privileged ? ['--privileged'] : []),
    ...['--cwd', spec.cwd ?? '/'],
    ...etcBinds(doors, root, spec, paths),
    ...(spec.volumes ?? []).flatMap(({ source, target, readOnly }) => [
      '--bind',
      `${source}:${target}${readOnly ? ':ro' : ''}`,
    ]),
    ...appletOptions(doors.files, paths.directory),
  ];
}

/** The pod's own files where its network is joined, files of its own where it has one of its own, else the host's. */
function etcBinds({ files }: Doors, root: string, spec: StoredSpec, paths: WorkloadFiles): string[] {
  const { net } = spec.origins;
  let directory = join(paths.directory, 'etc');
  if (net === 'host') return [];
  if (net === 'new') writeEtc(files, directory, spec.hostname, undefined);
  else directory = findTarget(root, net.of).pod.files.etc;
  if (!existsSync(directory)) return [];
  return ETC_FILES.flatMap((file) => ['--bind', `${join(directory, file)}:/etc/${file}`]);
}

/** The holder's mount namespace, whose root is the pod's shared memory: joined with ipc. */
function sharedMemory(root: string, { origins: { ipc } }: StoredSpec): number | undefined {
  if (typeof ipc !== 'object') return undefined;
  const target = findTarget(root, ipc.of);
  if (target.workload || !target.pod.intent.share.includes('ipc')) return undefined;
  return openSync(`/proc/${runningProcess(target).pid}/ns/mnt`, 'r');
}

/** Docker copies the donor's host name into a UTS namespace that is new; a later change is then seen by one alone. */
function hostnameFor(root: string, { name, origins: { net, uts } }: WorkloadSpec): string {
  const donor = typeof uts === 'object' ? uts : net;
  if (typeof donor === 'object') return findTarget(root, donor.of).pod.intent.hostname;
  return uts === 'host' || net === 'host' ? hostname() : name;
}
