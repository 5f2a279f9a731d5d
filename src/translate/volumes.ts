import { existsSync, lstatSync, realpathSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { bytesOf } from '../manifest/quantity.ts';
import type { PodManifest, VolumeFields } from '../manifest/read.ts';
import type { MemoryVolume, PodFile } from '../spec/pod-spec.ts';
import { InputError } from '../sys/errors.ts';
import type { Lookup } from './environment.ts';
import { filesOf } from './volume-files.ts';

/** What the volumes of a pod are made of, and where a mount of each begins. */
export interface Volumes {
  readonly memory: readonly MemoryVolume[];
  readonly files: readonly PodFile[];
  readonly places: ReadonlyMap<string, Place>;
}

/** Where a volume lies: the source of a mount, but for its subPath. */
export interface Place {
  readonly from: 'host' | 'holder' | 'files';
  readonly path: string;
  /** Kubernetes mounts it read-only, whatever the container says. */
  readonly readOnly: boolean;
}

export interface VolumeOptions {
  readonly allowHostPath: boolean;
}

/**
 * emptyDir is memory that the holder keeps: it outlives a container, and goes with the pod. What a pod is told (configMap,
 * secret, downwardAPI, projected) are files beside its record. hostPath is the host's own, and must have been allowed.
 */
export function volumesOf(manifest: PodManifest, lookup: Lookup, { allowHostPath }: VolumeOptions): Volumes {
  const memory: MemoryVolume[] = [];
  const files: PodFile[] = [];
  const places = new Map<string, Place>();
  const gid = manifest.spec.securityContext?.fsGroup;
  for (const [index, volume] of (manifest.spec.volumes ?? []).entries()) {
    const { name, emptyDir, hostPath } = volume;
    if (hostPath) {
      if (!allowHostPath) throw notAllowed(manifest, index, hostPath.path);
      places.set(name, { from: 'host', path: hostPlace(manifest, index, hostPath), readOnly: false });
    } else if (emptyDir || !hasFiles(volume)) {
      memory.push({ name, options: tmpfsOptions(emptyDir?.sizeLimit, gid) });
      places.set(name, { from: 'holder', path: `/volumes/${name}`, readOnly: false });
    } else {
      files.push(...filesOf(volume, lookup, gid));
      places.set(name, { from: 'files', path: name, readOnly: true });
    }
  }
  return { memory, files, places };
}

function hasFiles({ configMap, secret, downwardAPI, projected }: VolumeFields): boolean {
  return [configMap, secret, downwardAPI, projected].some((source) => source !== undefined);
}

/** As the kubelet makes it: for everybody, and with fsGroup for that group, which what is made in it inherits. tmpfs(5) */
function tmpfsOptions(sizeLimit: string | number | undefined, gid: number | undefined): string {
  const size = sizeLimit === undefined ? 0n : bytesOf(sizeLimit);
  return [
    ...(gid === undefined ? ['mode=0777'] : ['mode=2777', `gid=${gid}`]),
    ...(size > 0n ? [`size=${size}`] : []),
  ].join(',');
}

function notAllowed({ locate }: PodManifest, index: number, path: string): InputError {
  return new InputError(
    `${locate(`volumes[${index}].hostPath`)}: a volume of this host's own files: ${path}`,
    {
      hint: '--allow-host-path lets this pod have it',
    },
  );
}

/** What its `type` promises must be so: nothing is made on the host, because nothing would take it away again. */
const IS: Readonly<Record<string, (found: Stats) => boolean>> = {
  Directory: (found) => found.isDirectory(),
  DirectoryOrCreate: (found) => found.isDirectory(),
  File: (found) => found.isFile(),
  FileOrCreate: (found) => found.isFile(),
  Socket: (found) => found.isSocket(),
  CharDevice: (found) => found.isCharacterDevice(),
  BlockDevice: (found) => found.isBlockDevice(),
};

function hostPlace(
  { locate }: PodManifest,
  index: number,
  { path, type }: { readonly path: string; readonly type?: string | undefined },
): string {
  const where = locate(`volumes[${index}].hostPath`);
  if (!existsSync(path)) {
    throw new InputError(`${where}: ${path} does not exist on this host`, {
      hint: 'nslab makes nothing on the host that it could not take away again: make it first',
    });
  }
  if (type && !IS[type]?.(statSync(path))) throw new InputError(`${where}: ${path} is not a ${type}`);
  if (path.includes(':')) throw new InputError(`${where}: a path with ":" cannot be mounted by nslab`);
  return path;
}

/** The source of a mount. A subPath of the host's must not lead out of its volume, by a link either. */
export function mountSource({ from, path }: Place, subPath: string, where: string): string {
  const source = subPath === '' ? path : join(path, subPath);
  if (from !== 'host' || subPath === '') return source;
  if (!lstatSync(source, { throwIfNoEntry: false }))
    throw new InputError(`${where}: ${source} does not exist on this host`);
  if (!`${realpathSync(source)}/`.startsWith(`${realpathSync(path)}/`))
    throw new InputError(`${where}: ${source} leads out of its volume ${path}`);
  return source;
}
