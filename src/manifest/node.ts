import { type Alias, isAlias, isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap } from 'yaml';

/** The path of a field in its object: `['spec', 'containers', 0, 'name']`. */
export type Path = readonly (string | number)[];

/** Whether a position is that of a field's value or of its key. */
export type Part = 'value' | 'key';

/** The anchored node of each alias of a document. */
export type AliasTargets = ReadonlyMap<Alias, Node>;

/** Finds the node of a field. For a missing field, that of the innermost object that exists on its path. */
export function findNode(root: Node, path: Path, part: Part, targets: AliasTargets): Node {
  let node = root;
  for (const [at, step] of path.entries()) {
    const container = resolveAlias(node, targets);
    if (isSeq(container) && typeof step === 'number') {
      const item = container.items[step] as Node | undefined;
      if (!item) return node;
      node = item;
    } else if (isMap(container)) {
      const pair = findPair(container, String(step), targets);
      if (!pair) return node;
      if (part === 'key' && at === path.length - 1) return pair.key as Node;
      node = (pair.value ?? pair.key) as Node;
    } else return node;
  }
  return node;
}

/** The anchored node of an alias; any other node unchanged. */
export function resolveAlias(node: unknown, targets: AliasTargets): unknown {
  return isAlias(node) ? targets.get(node) : node;
}

/** A key as a JSON string: `1` and `true` become "1" and "true". Undefined: the key has no JSON form. */
export function keyOf({ key }: Pair): string | undefined {
  if (!isScalar(key)) return undefined;
  if (typeof key.value === 'number' && !Number.isFinite(key.value)) return key.source?.toLowerCase();
  return ['string', 'number', 'bigint', 'boolean'].includes(typeof key.value) ? String(key.value) : undefined;
}

/** A merge key `<<`: the map takes fields that it lacks from other maps. */
export function isMerge({ key }: Pair): boolean {
  return isScalar(key) && key.value === '<<' && key.type === 'PLAIN';
}

/** The maps of a merge key; an earlier map takes precedence. Undefined: the value is not a map or a list of maps. */
export function mergedMaps({ value }: Pair, targets: AliasTargets): readonly YAMLMap[] | undefined {
  const source = resolveAlias(value, targets);
  const maps = isSeq(source) ? source.items.map((item) => resolveAlias(item, targets)) : [source];
  return maps.every((each): each is YAMLMap => isMap(each)) ? maps : undefined;
}

function findPair(map: YAMLMap, key: string, targets: AliasTargets): Pair | undefined {
  const own = indexOf(map).get(key);
  if (own) return own;
  const merged = map.items.filter(isMerge).flatMap((pair) => mergedMaps(pair, targets) ?? []);
  for (const each of merged) {
    const found = findPair(each, key, targets);
    if (found) return found;
  }
  return undefined;
}

/** The pairs of a map by key, cached: a linear search for each of 100 000 unknown keys would take minutes. */
function indexOf(map: YAMLMap): ReadonlyMap<string, Pair> {
  const known = indices.get(map);
  if (known) return known;
  const named = map.items.filter((pair) => !isMerge(pair)).map((pair) => [keyOf(pair) ?? '', pair] as const);
  const index = new Map(named);
  indices.set(map, index);
  return index;
}

const indices = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>();

/** Parses a path in Kubernetes' notation: `containers[0].image`, `labels["a.b"]`. */
export function parsePath(text: string): Path {
  return [...text.matchAll(/\[(\d+)\]|\["([^"]*)"\]|([^.[\]]+)/g)].map(([, index, quoted, name]) =>
    index === undefined ? (quoted ?? name ?? '') : Number(index),
  );
}
