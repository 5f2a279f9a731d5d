import type { VolumeFields } from '../manifest/read.ts';
import type { PodFile } from '../spec/pod-spec.ts';
import { fieldValue, type PodContext, resourceValue } from './environment.ts';

type Projection = NonNullable<NonNullable<VolumeFields['projected']>['sources']>[number];
type DownwardItem = NonNullable<NonNullable<Projection['downwardAPI']>['items']>[number];
type KeyItem = NonNullable<NonNullable<Projection['configMap']>['items']>[number];

/** Kubernetes' defaultMode of a volume's files. */
const DEFAULT_MODE = 0o644;

/** The files of a configMap, secret, downwardAPI or projected volume. */
export function filesOf(volume: VolumeFields, context: PodContext, gid: number | undefined): PodFile[] {
  const { name, configMap, secret, downwardAPI, projected } = volume;
  const mode = (configMap ?? secret ?? downwardAPI ?? projected)?.defaultMode ?? DEFAULT_MODE;
  const sources: readonly Projection[] = projected?.sources ?? [
    {
      ...(configMap && { configMap }),
      ...(secret && { secret: { name: secret.secretName, items: secret.items } }),
      ...(downwardAPI && { downwardAPI }),
    } as Projection,
  ];
  const found = sources.flatMap((source) => [
    ...entries(context.manifests.configMaps, source.configMap),
    ...entries(context.manifests.secrets, source.secret),
    ...(source.downwardAPI?.items ?? []).map((item) => downward(item, context)),
  ]);
  // With fsGroup, the kubelet makes the files readable for that group.
  const group = gid === undefined ? {} : { gid };
  const files = found.map(({ path, content, mode: own = mode }) => ({
    path: throughData(`${name}/${path}`),
    content,
    mode: gid === undefined ? own : own | 0o040,
    ...group,
  }));
  const tops = new Set(found.map(({ path }) => path.split('/', 1)[0] ?? path));
  return [
    ...dataDirectory(name),
    ...files,
    ...[...tops].map((top) => ({ path: `${name}/${top}`, link: `..data/${top}`, mode: 0o777 })),
  ];
}

/**
 * As the kubelet's atomic writer lays a volume out: the files are in a directory of their own, `..data` leads there, and each name in the
 * volume leads through `..data`. A program that watches for an exchange of `..data` finds it. pkg/volume/util/atomic_writer.go
 */
function dataDirectory(volume: string): PodFile[] {
  const [seconds = '', fraction] = new Date().toISOString().split(/[.Z]/);
  const directory = `..${seconds.replace(/[-T:]/g, '_')}.${fraction}`;
  return [
    { path: volume, mode: 0o755 },
    { path: `${volume}/${directory}`, mode: 0o755 },
    { path: `${volume}/..data`, link: directory, mode: 0o777 },
  ];
}

/** The path of a file in `VOLUME/…`, by way of the volume's `..data`. */
export function throughData(path: string): string {
  return path.replace('/', '/..data/');
}

interface Entry {
  readonly path: string;
  readonly content: string | Uint8Array;
  readonly mode?: number | undefined;
}

/** Every key is a file. With `items`, only those keys, at the path of the item. */
function entries(
  all: PodContext['manifests']['configMaps'],
  wanted: { readonly name?: string | undefined; readonly items?: readonly KeyItem[] | undefined } | undefined,
): Entry[] {
  const map = all.get(wanted?.name ?? '');
  if (!wanted || !map) return [];
  if (!wanted.items) return [...map].map(([path, content]) => ({ path, content }));
  return wanted.items.flatMap(({ key, path, mode }) => {
    const content = map.get(key);
    return content === undefined ? [] : [{ path, content, mode }];
  });
}

function downward({ path, mode, fieldRef, resourceFieldRef }: DownwardItem, context: PodContext): Entry {
  const containers = context.manifest.spec.containers;
  const container = containers.find(({ name }) => name === resourceFieldRef?.containerName) ?? containers[0];
  const content = fieldRef
    ? fieldValue(fieldRef.fieldPath, context)
    : resourceValue(resourceFieldRef ?? { resource: 'limits.cpu' }, container ?? {});
  return { path, content, mode };
}
