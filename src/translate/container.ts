import { normalize } from 'node:path';
import { expand } from '../manifest/expand.ts';
import { bytesOf, milliOf } from '../manifest/quantity.ts';
import type { ContainerFields, PodManifest } from '../manifest/read.ts';
import type { ShareKind } from '../spec/pod-spec.ts';
import { APPLETS, SEARCH_PATH } from '../spec/search-path.ts';
import type { Origin, RestartPolicy, VolumeMount, WorkloadSpec } from '../spec/workload-spec.ts';
import { busyboxPath } from '../sys/busybox.ts';
import { InputError } from '../sys/errors.ts';
import { environmentOf, type Lookup } from './environment.ts';
import { handlersOf } from './handlers.ts';
import { type Image, imageName } from './images/image.ts';
import { rightsOf } from './security.ts';
import { mountSource, type Volumes } from './volumes.ts';

/** What a container is translated with. */
export interface Surroundings extends Lookup {
  readonly volumes: Volumes;
  readonly catalog: ReadonlyMap<string, Image>;
  readonly origins: Readonly<Record<ShareKind, Origin>>;
}

/** Kubernetes' default between TERM and KILL, in seconds. */
const POD_GRACE = 30;

/** A container as a workload: `path` is where it stands in its pod's spec, as in `initContainers[0]`. */
export function workloadOf(container: ContainerFields, path: string, around: Surroundings): WorkloadSpec {
  const { manifest, facts } = around;
  const { spec } = manifest;
  const known = around.catalog.get(imageName(container.image));
  const image = known ?? {};
  const own = environmentOf(container, around);
  const env = { ...imageEnvironment(image), ...own };
  const phase = phaseOf(container, path);
  const handlers = handlersOf(container, facts.podIP);
  const cwd = container.workingDir ?? image.workingDir;
  const limits = limitsOf(container);
  return {
    name: container.name,
    command: commandOf(container, known, (name) => own[name], manifest.locate(path)),
    origins: around.origins,
    env,
    ...(cwd && { cwd }),
    ...rightsOf(container, path, manifest),
    volumes: [...imageMounts(image, container), ...mountsOf(container, path, own, around)],
    directories: [...new Set([...(image.directories ?? []), ...(cwd ? [cwd] : [])])],
    ...triesOf(phase, manifest),
    grace: spec.terminationGracePeriodSeconds ?? POD_GRACE,
    ...(limits && { limits }),
    ...(handlers.length > 0 && { handlers }),
    ...(spec.activeDeadlineSeconds !== undefined && { deadline: spec.activeDeadlineSeconds }),
    ...(phase && { phase }),
  };
}

/** ENTRYPOINT and CMD, as Kubernetes lets a manifest take their places. */
function commandOf(
  { command, args, image: reference }: ContainerFields,
  image: Image | undefined,
  lookup: (name: string) => string | undefined,
  where: string,
): string[] {
  // Whose image is unknown, his entrypoint is: `args` alone are no command.
  const words = command?.length
    ? [...command, ...(args ?? [])]
    : [...(image?.entrypoint ?? []), ...(args?.length ? args : (image?.command ?? []))];
  if (words.length > 0 && (image || command?.length)) return words.map((word) => expand(word, lookup));
  throw new InputError(`${where}: no program of this machine is known for the image "${reference}"`, {
    hint: `say \`command\`, or --image '${imageName(reference)}=COMMAND', or write it in /etc/nslab/images.yaml`,
  });
}

function imageEnvironment({ env = {}, isBusybox }: Image): Record<string, string> {
  return { ...(isBusybox && { PATH: `${APPLETS}:${SEARCH_PATH}` }), ...env };
}

/** What an image has at certain places. A manifest may mount something of its own there. */
function imageMounts(
  { files = {}, programs = {}, isBusybox }: Image,
  { image }: ContainerFields,
): VolumeMount[] {
  const shell = isBusybox ? busyboxPath() : undefined;
  return [
    // In that image /bin/sh is busybox: its `echo -e` and `[[` are not those of this machine's shell.
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

/** Where an image's file lies among the pod's: no volume can be called so. */
export function imageFile(name: string, target: string): string {
  return `.image-${name}${target}`;
}

/** Outer mounts first, as every engine sorts them, so that one may lie inside another. */
function mountsOf(
  { volumeMounts = [] }: ContainerFields,
  path: string,
  env: Readonly<Record<string, string>>,
  { volumes, manifest }: Surroundings,
): VolumeMount[] {
  const depth = ({ target }: VolumeMount) => target.split('/').length;
  return volumeMounts
    .flatMap(({ name, mountPath, readOnly = false, subPath = '', subPathExpr }, index) => {
      const place = volumes.places.get(name);
      const sub = subPathExpr === undefined ? subPath : expand(subPathExpr, (variable) => env[variable]);
      const where = manifest.locate(`${path}.volumeMounts[${index}]`);
      if (!place) return [];
      const target = normalize(`/${mountPath}`).replace(/(.)\/$/, '$1');
      if (target === '/')
        throw new InputError(`${where}: a volume cannot be mounted over the root of a container`);
      if (/[:]/.test(sub)) throw new InputError(`${where}: a subPath with ":" cannot be mounted by nslab`);
      if (sub.split('/').includes('..') || sub.startsWith('/'))
        throw new InputError(`${where}.subPathExpr: "${sub}" leads out of the volume`);
      return [
        {
          source: mountSource(place, sub, where),
          target,
          readOnly: readOnly || place.readOnly,
          from: place.from,
        },
      ];
    })
    .sort((a, b) => depth(a) - depth(b));
}

function phaseOf({ restartPolicy }: ContainerFields, path: string): WorkloadSpec['phase'] {
  if (!path.startsWith('initContainers')) return undefined;
  return restartPolicy === 'Always' ? 'sidecar' : 'init';
}

/** A Job's containers are tried so often and no more: its controller would make a new pod where its policy is Never. */
function triesOf(
  phase: WorkloadSpec['phase'],
  { kind, spec: { restartPolicy }, backoffLimit = 0 }: PodManifest,
): Pick<WorkloadSpec, 'restart' | 'mostRestarts'> {
  if (kind !== 'Job' || phase === 'sidecar') return { restart: restartOf(phase, restartPolicy) };
  return { restart: 'on-failure', mostRestarts: backoffLimit };
}

/** An init container is tried until it has succeeded, unless the pod is never restarted. */
function restartOf(phase: WorkloadSpec['phase'], policy = 'Always'): RestartPolicy {
  if (phase === 'sidecar') return 'always';
  if (policy === 'Never') return 'no';
  return phase === 'init' || policy === 'OnFailure' ? 'on-failure' : 'always';
}

function limitsOf({ resources }: ContainerFields): WorkloadSpec['limits'] {
  const { cpu, memory } = resources?.limits ?? {};
  // As to the kubelet, a limit of 0 is none.
  const bytes = memory === undefined ? 0 : Number(bytesOf(memory));
  const milli = cpu === undefined ? 0 : Number(milliOf(cpu));
  if (bytes === 0 && milli === 0) return undefined;
  return { ...(bytes > 0 && { memory: bytes }), ...(milli > 0 && { cpu: milli }) };
}
