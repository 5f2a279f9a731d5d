import { existsSync, lstatSync, realpathSync, type Stats, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bytesOf } from '../manifest/quantity.ts';
import type { PodManifest, VolumeFields } from '../manifest/read.ts';
import { qualifiedName } from '../spec/names.ts';
import type { MemoryVolume, PodFile } from '../spec/pod-spec.ts';
import { InputError } from '../sys/errors.ts';
import type { PodContext } from './environment.ts';
import { filesOf } from './volume-files.ts';

/** The volumes of a pod: tmpfs mounts and files to create, and the mount source of each volume. */
export interface Volumes {
  readonly memory: readonly MemoryVolume[];
  readonly files: readonly PodFile[];
  readonly sources: ReadonlyMap<string, VolumeSource>;
}

/** The source of a volume's mounts, without a subPath. */
export interface VolumeSource {
  readonly from: 'host' | 'holder' | 'files';
  readonly path: string;
  /** Kubernetes mounts it read-only, also without `readOnly` in the container. */
  readonly readOnly: boolean;
  /** What it has not yet is created when its pod is. */
  readonly grows?: boolean;
}

export interface VolumeOptions {
  readonly allowHostPath: boolean;
  /** Where claims are kept, a directory each. Default: they are memory of their pod. */
  readonly claims?: string | undefined;
}

/**
 * emptyDir and claims are a tmpfs in the holder's mount namespace: it outlives containers and is removed with the pod. configMap, secret,
 * downwardAPI and projected volumes are files in the pod's record. hostPath needs --allow-host-path. With --volumes, claims are directories.
 */
export function volumesOf(
  manifest: PodManifest,
  context: PodContext,
  { allowHostPath, claims }: VolumeOptions,
): Volumes {
  const memory: MemoryVolume[] = [];
  const files: PodFile[] = [];
  const sources = new Map<string, VolumeSource>();
  const gid = manifest.spec.securityContext?.fsGroup;
  for (const [index, volume] of (manifest.spec.volumes ?? []).entries()) {
    const { name, emptyDir, hostPath, persistentVolumeClaim } = volume;
    if (hostPath) {
      if (!allowHostPath) throw notAllowed(manifest, index, hostPath.path);
      sources.set(name, { from: 'host', path: hostSource(manifest, index, hostPath), readOnly: false });
    } else if (persistentVolumeClaim && claims !== undefined) {
      const { claimName, readOnly = false } = persistentVolumeClaim;
      const path = join(claims, qualifiedName(manifest.namespace, claimName));
      sources.set(name, { from: 'host', path, readOnly, grows: true });
    } else if (emptyDir || !hasFiles(volume)) {
      memory.push({ name, options: tmpfsOptions(emptyDir?.sizeLimit, gid) });
      sources.set(name, {
        from: 'holder',
        path: `/volumes/${name}`,
        readOnly: persistentVolumeClaim?.readOnly ?? false,
      });
    } else {
      files.push(...filesOf(volume, context, gid));
      sources.set(name, { from: 'files', path: name, readOnly: true });
    }
  }
  return { memory, files, sources };
}

function hasFiles({ configMap, secret, downwardAPI, projected }: VolumeFields): boolean {
  return [configMap, secret, downwardAPI, projected].some((source) => source !== undefined);
}

/** Mode 0777 as the kubelet sets it; with fsGroup that group and the setgid bit, so new files inherit the group. tmpfs(5) */
function tmpfsOptions(sizeLimit: string | number | undefined, gid: number | undefined): string {
  const size = sizeLimit === undefined ? 0n : bytesOf(sizeLimit);
  return [
    ...(gid === undefined ? ['mode=0777'] : ['mode=2777', `gid=${gid}`]),
    ...(size > 0n ? [`size=${size}`] : []),
  ].join(',');
}

function notAllowed({ locate }: PodManifest, index: number, path: string): InputError {
  return new InputError(
    `${locate(`volumes[${index}].hostPath`)}: a volume with this host's own files: ${path}`,
    {
      hint: '--allow-host-path allows it',
    },
  );
}

/** The checks of hostPath's `type`. The …OrCreate types create nothing, because nslab would not remove it again. */
const HOST_PATH_TYPES: Readonly<Record<string, (found: Stats) => boolean>> = {
  Directory: (found) => found.isDirectory(),
  DirectoryOrCreate: (found) => found.isDirectory(),
  File: (found) => found.isFile(),
  FileOrCreate: (found) => found.isFile(),
  Socket: (found) => found.isSocket(),
  CharDevice: (found) => found.isCharacterDevice(),
  BlockDevice: (found) => found.isBlockDevice(),
};

function hostSource(
  { locate }: PodManifest,
  index: number,
  { path, type }: { readonly path: string; readonly type?: string | undefined },
): string {
  const where = locate(`volumes[${index}].hostPath`);
  if (!existsSync(path)) {
    throw new InputError(`${where}: ${path} does not exist on this host`, {
      hint: 'nslab creates no host files for a volume, because it would not remove them: create it first',
    });
  }
  if (type && !HOST_PATH_TYPES[type]?.(statSync(path)))
    throw new InputError(`${where}: ${path} is not a ${type}`);
  if (path.includes(':')) throw new InputError(`${where}: a path with ":" cannot be mounted by nslab`);
  return path;
}

/** The source of a mount. A subPath on this host must not lead out of its volume, also not by a symbolic link. */
export function mountSource({ from, path, grows }: VolumeSource, subPath: string, where: string): string {
  const source = subPath === '' ? path : join(path, subPath);
  if (from !== 'host' || subPath === '') return source;
  const there = grows ? deepestThere(source) : source;
  if (!lstatSync(there, { throwIfNoEntry: false }))
    throw new InputError(`${where}: ${source} does not exist on this host`);
  if (there.length >= path.length && !`${realpathSync(there)}/`.startsWith(`${realpathSync(path)}/`))
    throw new InputError(`${where}: ${source} leads out of its volume ${path}`);
  return source;
}

function deepestThere(path: string): string {
  return lstatSync(path, { throwIfNoEntry: false }) ? path : deepestThere(dirname(path));
}
