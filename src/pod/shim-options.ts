import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ShareKind } from '../spec/pod-spec.ts';
import { DEFAULT_GRACE, type Handler, type VolumeMount } from '../spec/workload-spec.ts';
import { appletOptions } from './applets.ts';
import { ETC_FILES, writeEtc } from './etc.ts';
import { SHM_SIZE } from './holder.ts';
import type { Host } from './host.ts';
import type { LockedPod } from './lock-pod.ts';
import { openFilesLimit } from './open-files.ts';
import type { Target } from './target.ts';
import { ROOT } from './user.ts';
import type { StoredSpec, WorkloadFiles } from './workload-record.ts';

/** What the options of a shim depend on, besides the workload's own spec. */
export interface Surroundings {
  readonly pod: LockedPod;
  readonly paths: WorkloadFiles;
  /** The kinds of namespace that are made anew. */
  readonly fresh: readonly ShareKind[];
  /** Whether the pod's shared memory is to be had from its holder. */
  readonly sharesMemory: boolean;
  find(name: string): Target;
}

/** The words after `shim run`, but for the descriptors. native/README.md */
export function runOptions(host: Host, spec: StoredSpec, around: Surroundings): string[] {
  const { fresh, paths, pod } = around;
  return [
    ...['--stage', paths.stage],
    ...(spec.rootfs === undefined ? [] : ['--rootfs', spec.rootfs]),
    ...(fresh.length > 0 ? ['--new', fresh.join(',')] : []),
    ...(fresh.includes('uts') ? ['--hostname', spec.hostname] : []),
    ...(around.sharesMemory ? ['--shm', '/shm'] : ['--shm-size', String(SHM_SIZE)]),
    ...(spec.restart === undefined ? [] : ['--restart', spec.restart]),
    ...(spec.mostRestarts === undefined ? [] : ['--max-restarts', String(spec.mostRestarts)]),
    ...['--grace', seconds(spec.grace ?? DEFAULT_GRACE)],
    ...(spec.deadline === undefined ? [] : ['--deadline', seconds(spec.deadline)]),
    ...(spec.exitRules ?? []).flatMap(({ verdict, statuses, others }) => [
      '--on-exit',
      `${verdict}:${others ? '!' : ''}${statuses.join()}`,
    ]),
    ...(spec.stopSignal === undefined ? [] : ['--stop-signal', String(spec.stopSignal)]),
    ...(spec.openInput ? ['--open-stdin'] : []),
    ...rights(spec),
    ...(spec.readOnlyRoot ? ['--read-only'] : []),
    ...['--cwd', spec.cwd ?? '/'],
    ...openFilesLimit(),
    ...(spec.directories ?? []).flatMap((directory) => ['--mkdir', directory]),
    ...etcBinds(host, spec, around),
    ...(spec.volumes ?? []).flatMap((volume) => mountOption(pod, volume)),
    ...(spec.rootfs === undefined ? appletOptions(host.files, pod.files.applets) : []),
    ...(spec.handlers ?? []).flatMap(handlerOptions),
  ];
}

/** Whom a command runs as and what it may do: the same for a workload and for an `exec` in it. */
export function rights(
  spec: Pick<StoredSpec, 'userIds' | 'privileged' | 'capabilities' | 'noNewPrivileges'> | undefined,
): string[] {
  const { uid, gid, groups } = spec?.userIds ?? ROOT;
  return [
    ...(uid === 0 && gid === 0 ? [] : ['--uid', String(uid), '--gid', String(gid)]),
    ...(groups.length > 0 ? ['--groups', groups.join(',')] : []),
    ...(spec?.privileged ? ['--privileged'] : []),
    ...(spec?.capabilities === undefined ? [] : ['--caps', spec.capabilities]),
    ...(spec?.noNewPrivileges ? ['--no-new-privileges'] : []),
  ];
}

/** The pod's own files where its network is joined, files of its own where it has one of its own, else the host's. */
function etcBinds({ files }: Host, spec: StoredSpec, { paths, find }: Surroundings): string[] {
  const { net } = spec.origins;
  let directory = join(paths.directory, 'etc');
  if (net === 'host') return [];
  if (net === 'new') writeEtc(files, directory, { hostname: spec.hostname, ownNetns: true });
  else {
    const donor = find(net.of);
    if (!donor.workload || donor.pod.intent.holder) directory = donor.pod.files.etc;
    else directory = join(donor.workload.files.directory, 'etc');
    // A workload of the host's network has none of its own to give.
    if (donor.workload && !existsSync(directory)) return [];
  }
  return ETC_FILES.flatMap((file) => ['--bind', `${join(directory, file)}:/etc/${file}`]);
}

function mountOption(pod: LockedPod, { source, target, readOnly, from = 'host' }: VolumeMount): string[] {
  const place = from === 'files' ? join(pod.files.files, source) : source;
  return [from === 'holder' ? '--holder-bind' : '--bind', `${place}:${target}${readOnly ? ':ro' : ''}`];
}

function handlerOptions({ when, action, ...rules }: Handler): string[] {
  const times = ['delay', 'period', 'timeout', 'grace'] as const;
  const counts = ['success', 'failure'] as const;
  const said = [
    ...times.flatMap((key) => (rules[key] === undefined ? [] : [`${key}=${seconds(rules[key])}`])),
    ...counts.flatMap((key) => (rules[key] === undefined ? [] : [`${key}=${rules[key]}`])),
  ];
  const handler = ['--handler', [when, ...said].join(',')];
  if ('exec' in action) return [...handler, ...action.exec.flatMap((word) => ['--exec', word])];
  if ('tcp' in action) return [...handler, '--tcp', action.tcp];
  if ('sleep' in action) return [...handler, '--sleep', seconds(action.sleep)];
  if ('grpc' in action) return [...handler, '--grpc', action.grpc];
  return [
    ...handler,
    action.tls ? '--https' : '--http',
    action.http,
    ...action.headers.flatMap((header) => ['--header', header]),
  ];
}

/** The shim takes three decimals and no exponent. */
function seconds(value: number): string {
  return String(Number(value.toFixed(3)));
}
