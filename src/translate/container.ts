import { constants } from 'node:os';
import { normalize } from 'node:path';
import { expand } from '../manifest/expand.ts';
import { bytesOf, milliOf } from '../manifest/quantity.ts';
import type { ContainerFields, PodManifest } from '../manifest/read.ts';
import type { ShareKind } from '../spec/pod-spec.ts';
import { APPLETS, SEARCH_PATH } from '../spec/search-path.ts';
import type { ExitRule, Origin, RestartPolicy, VolumeMount, WorkloadSpec } from '../spec/workload-spec.ts';
import { busyboxPath } from '../sys/busybox.ts';
import { InputError } from '../sys/errors.ts';
import { environmentOf, type PodContext } from './environment.ts';
import { handlersOf } from './handlers.ts';
import { type Image, imageName } from './images/image.ts';
import { rightsOf } from './security.ts';
import { mountSource, type Volumes } from './volumes.ts';

/** What the translation of a container needs besides the container. */
export interface ContainerContext extends PodContext {
  readonly volumes: Volumes;
  readonly catalog: ReadonlyMap<string, Image>;
  readonly origins: Readonly<Record<ShareKind, Origin>>;
}

/** Kubernetes' default between TERM and KILL, in seconds. */
const POD_GRACE = 30;

/** Translates a container to a workload. `path` is its path in the pod's spec: `initContainers[0]`. */
export function workloadOf(
  container: ContainerFields,
  path: string,
  context: ContainerContext,
): WorkloadSpec {
  const { manifest, facts } = context;
  const { spec } = manifest;
  const known = context.catalog.get(imageName(container.image));
  const image = known ?? {};
  const own = environmentOf(container, context);
  const env = { ...imageEnvironment(image), ...own };
  const phase = phaseOf(container, path);
  const handlers = handlersOf(container, facts.podIP);
  const cwd = container.workingDir ?? image.workingDir;
  const limits = limitsOf(container);
  return {
    name: container.name,
    command: commandOf(container, known, (name) => own[name], manifest.locate(path)),
    origins: context.origins,
    env,
    ...(cwd && { cwd }),
    ...(image.rootfs !== undefined && { rootfs: image.rootfs }),
    ...rightsOf(container, path, manifest),
    volumes: [...imageMounts(image, container), ...mountsOf(container, path, own, context)],
    directories: [...new Set([...(image.directories ?? []), ...(cwd ? [cwd] : [])])],
    ...attemptsOf(phase, manifest),
    ...exitRulesOf(container.name, manifest),
    grace: spec.terminationGracePeriodSeconds ?? POD_GRACE,
    ...((container.stdin || container.tty) && { openInput: true }),
    ...(container.lifecycle?.stopSignal && { stopSignal: signalNumber(container.lifecycle.stopSignal) }),
    ...(limits && { limits }),
    ...(handlers.length > 0 && { handlers }),
    ...(spec.activeDeadlineSeconds !== undefined && { deadline: spec.activeDeadlineSeconds }),
    ...(phase && { phase }),
  };
}

/** As in Kubernetes, `command` replaces the image's ENTRYPOINT and CMD, and `args` replaces its CMD. */
function commandOf(
  { command, args, image: reference }: ContainerFields,
  image: Image | undefined,
  lookup: (name: string) => string | undefined,
  where: string,
): string[] {
  // A root file system alone says no entrypoint, and that of an unknown image is unknown: `args` without `command` is an error.
  if (image?.rootfs !== undefined && !command?.length && !image.entrypoint && !image.command)
    throw new InputError(`${where}: the image "${reference}" is a directory, which says no command`, {
      hint: 'set `command`, or give the image an entrypoint in /etc/nslab/images.yaml',
    });
  const words = command?.length
    ? [...command, ...(args ?? [])]
    : [...(image?.entrypoint ?? []), ...(args?.length ? args : (image?.command ?? []))];
  if (words.length > 0 && (image || command?.length)) return words.map((word) => expand(word, lookup));
  throw new InputError(`${where}: no program of this machine is known for the image "${reference}"`, {
    hint: `set \`command\`, or use --image '${imageName(reference)}=COMMAND', or add it to /etc/nslab/images.yaml`,
  });
}

function imageEnvironment({ env = {}, isBusybox }: Image): Record<string, string> {
  return { ...(isBusybox && { PATH: `${APPLETS}:${SEARCH_PATH}` }), ...env };
}

/** Mounts the image's own files and programs. A volume of the manifest can cover them. */
function imageMounts(
  { files = {}, programs = {}, isBusybox }: Image,
  { image }: ContainerFields,
): VolumeMount[] {
  const shell = isBusybox ? busyboxPath() : undefined;
  return [
    // In the busybox image, /bin/sh is busybox: its `echo -e` and `[[` differ from this machine's shell.
    ...(shell ? [{ source: shell, target: '/bin/sh', readOnly: true }] : []),
    ...Object.keys(files).map((target) => ({
      source: imageFile(imageName(image), target),
      target,
      readOnly: true,
      from: 'files' as const,
    })),
    ...Object.entries(programs).map(([target, source]) => ({ source, target, readOnly: true })),
  ];
}

/** The path of an image's file in the pod's files directory. No volume name begins with a dot. */
export function imageFile(name: string, target: string): string {
  return `.image-${name}${target}`;
}

/** Sorted by depth, as every engine does: a mount inside another one comes after it. */
function mountsOf(
  { volumeMounts = [] }: ContainerFields,
  path: string,
  env: Readonly<Record<string, string>>,
  { volumes, manifest }: ContainerContext,
): VolumeMount[] {
  const depth = ({ target }: VolumeMount) => target.split('/').length;
  return volumeMounts
    .flatMap(({ name, mountPath, readOnly = false, subPath = '', subPathExpr }, index) => {
      const volume = volumes.sources.get(name);
      const sub = subPathExpr === undefined ? subPath : expand(subPathExpr, (variable) => env[variable]);
      const where = manifest.locate(`${path}.volumeMounts[${index}]`);
      if (!volume) return [];
      const target = normalize(`/${mountPath}`).replace(/(.)\/$/, '$1');
      if (target === '/')
        throw new InputError(`${where}: a volume cannot be mounted over the root of a container`);
      if (/[:]/.test(sub)) throw new InputError(`${where}: a subPath with ":" cannot be mounted by nslab`);
      if (sub.split('/').includes('..') || sub.startsWith('/'))
        throw new InputError(`${where}.subPathExpr: "${sub}" leads out of the volume`);
      return [
        {
          source: mountSource(volume, sub, where),
          target,
          readOnly: readOnly || volume.readOnly,
          from: volume.from,
        },
      ];
    })
    .sort((a, b) => depth(a) - depth(b));
}

function phaseOf({ restartPolicy }: ContainerFields, path: string): WorkloadSpec['phase'] {
  if (!path.startsWith('initContainers')) return undefined;
  return restartPolicy === 'Always' ? 'sidecar' : 'init';
}

/** A Job's containers are restarted also with restartPolicy Never: Kubernetes would create a new pod. */
function attemptsOf(
  phase: WorkloadSpec['phase'],
  { spec: { restartPolicy }, backoffLimit }: PodManifest,
): Pick<WorkloadSpec, 'restart' | 'mostRestarts'> {
  if (backoffLimit === undefined || phase === 'sidecar') return { restart: restartOf(phase, restartPolicy) };
  return { restart: 'on-failure', mostRestarts: backoffLimit };
}

/** The API server takes the first rule that matches, and so does the shim. Rules on conditions of a pod match nothing. */
function exitRulesOf(name: string, { failureRules = [] }: PodManifest): Pick<WorkloadSpec, 'exitRules'> {
  const exitRules = failureRules.flatMap(({ action, onExitCodes }): ExitRule[] => {
    if (!onExitCodes || (onExitCodes.containerName ?? name) !== name) return [];
    const { operator, values } = onExitCodes;
    return [
      {
        verdict: VERDICTS[action],
        statuses: values.filter((value) => value >= 0),
        others: operator === 'NotIn',
      },
    ];
  });
  return exitRules.length > 0 ? { exitRules } : {};
}

const VERDICTS = { Count: 'counted', Ignore: 'uncounted', FailIndex: 'final', FailJob: 'fails-job' } as const;

/** An init container is restarted until it succeeds, unless the pod's restartPolicy is Never. */
function restartOf(phase: WorkloadSpec['phase'], policy = 'Always'): RestartPolicy {
  if (phase === 'sidecar') return 'always';
  if (policy === 'Never') return 'no';
  return phase === 'init' || policy === 'OnFailure' ? 'on-failure' : 'always';
}

/** signal(7). Realtime signals are counted from both ends: SIGRTMIN+3, SIGRTMAX-2. */
function signalNumber(name: string): number {
  const [, end, by = '0'] = /^SIGRT(MIN|MAX)(?:[+-](\d+))?$/.exec(name) ?? [];
  if (end !== undefined) return end === 'MIN' ? 34 + Number(by) : 64 - Number(by);
  return constants.signals[(name === 'SIGCLD' ? 'SIGCHLD' : name) as NodeJS.Signals];
}

function limitsOf({ resources }: ContainerFields): WorkloadSpec['limits'] {
  const { cpu, memory } = resources?.limits ?? {};
  // As in the kubelet, a limit of 0 means no limit.
  const bytes = memory === undefined ? 0 : Number(bytesOf(memory));
  const milli = cpu === undefined ? 0 : Number(milliOf(cpu));
  if (bytes === 0 && milli === 0) return undefined;
  return { ...(bytes > 0 && { memory: bytes }), ...(milli > 0 && { cpu: milli }) };
}
