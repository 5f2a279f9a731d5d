import type { VolumeFields } from '../manifest/read.ts';
import type { PodFile } from '../spec/pod-spec.ts';
import { fieldValue, type Lookup, resourceValue } from './environment.ts';

type Projection = NonNullable<NonNullable<VolumeFields['projected']>['sources']>[number];
type DownwardItem = NonNullable<NonNullable<Projection['downwardAPI']>['items']>[number];
type KeyItem = NonNullable<NonNullable<Projection['configMap']>['items']>[number];

/** A volume's content with the mode that it has unless an item says otherwise. */
const DEFAULT_MODE = 0o644;

/** The files of a volume that tells a pod something: a configMap, a secret, the downward API, or several in one. */
export function filesOf(volume: VolumeFields, lookup: Lookup, gid: number | undefined): PodFile[] {
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
    ...entries(lookup.reading.configMaps, source.configMap),
    ...entries(lookup.reading.secrets, source.secret),
    ...(source.downwardAPI?.items ?? []).map((item) => downward(item, lookup)),
  ]);
  // With fsGroup the group reads what root may read, as the kubelet sets it up.
  const group = gid === undefined ? {} : { gid };
  const files = found.map(({ path, content, mode: own = mode }) => ({
    path: `${name}/${path}`,
    content,
    mode: gid === undefined ? own : own | 0o040,
    ...group,
  }));
  // What is optional and not there is mounted all the same.
  return [{ path: name, mode: 0o755 }, ...files];
}

interface Entry {
  readonly path: string;
  readonly content: string | Uint8Array;
  readonly mode?: number | undefined;
}

/** Every key is a file; with `items`, only those, under the path that each names. */
function entries(
  all: Lookup['reading']['configMaps'],
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

function downward({ path, mode, fieldRef, resourceFieldRef }: DownwardItem, lookup: Lookup): Entry {
  const containers = lookup.manifest.spec.containers;
  const container = containers.find(({ name }) => name === resourceFieldRef?.containerName) ?? containers[0];
  const content = fieldRef
    ? fieldValue(fieldRef.fieldPath, lookup)
    : resourceValue(resourceFieldRef ?? { resource: 'limits.cpu' }, container ?? {});
  return { path, content, mode };
}
