import { type Alias, isAlias, isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap } from 'yaml';

/** Where a field stands in what it is part of: `['spec', 'containers', 0, 'name']`. */
export type Path = readonly (string | number)[];

/** What of a field is meant: what stands in it, or what it is called. */
export type Part = 'value' | 'key';

/** What each alias of a document stands for. */
export type Targets = ReadonlyMap<Alias, Node>;

/** The node of a field; where it is missing, the nearest that it is missing from. */
export function findNode(root: Node, path: Path, part: Part, targets: Targets): Node {
  let node = root;
  for (const [at, step] of path.entries()) {
    const whole = followed(node, targets);
    if (isSeq(whole) && typeof step === 'number') {
      const item = whole.items[step] as Node | undefined;
      if (!item) return node;
      node = item;
    } else if (isMap(whole)) {
      const pair = findPair(whole, String(step), targets);
      if (!pair) return node;
      if (part === 'key' && at === path.length - 1) return pair.key as Node;
      node = (pair.value ?? pair.key) as Node;
    } else return node;
  }
  return node;
}

/** What an alias stands for; any other node is itself. */
export function followed(node: unknown, targets: Targets): unknown {
  return isAlias(node) ? targets.get(node) : node;
}

/** What a key is called as JSON has it, where every key is a string: `1` and `true` become one. Undefined: nothing. */
export function keyOf({ key }: Pair): string | undefined {
  if (!isScalar(key)) return undefined;
  if (typeof key.value === 'number' && !Number.isFinite(key.value)) return key.source?.toLowerCase();
  return ['string', 'number', 'bigint', 'boolean'].includes(typeof key.value) ? String(key.value) : undefined;
}

/** `<<`, by which a map takes what it lacks from others. */
export function isMerge({ key }: Pair): boolean {
  return isScalar(key) && key.value === '<<' && key.type === 'PLAIN';
}

/** The maps that a merge names, the first of which goes before the others. Undefined: something else. */
export function mergedMaps({ value }: Pair, targets: Targets): readonly YAMLMap[] | undefined {
  const source = followed(value, targets);
  const maps = isSeq(source) ? source.items.map((item) => followed(item, targets)) : [source];
  return maps.every((each): each is YAMLMap => isMap(each)) ? maps : undefined;
}

function findPair(map: YAMLMap, key: string, targets: Targets): Pair | undefined {
  const own = indexOf(map).get(key);
  if (own) return own;
  const merged = map.items.filter(isMerge).flatMap((pair) => mergedMaps(pair, targets) ?? []);
  for (const each of merged) {
    const found = findPair(each, key, targets);
    if (found) return found;
  }
  return undefined;
}

/** The pairs of a map by key: to look for each of 100 000 wrong keys in all of them would take for ever. */
function indexOf(map: YAMLMap): ReadonlyMap<string, Pair> {
  const known = indices.get(map);
  if (known) return known;
  const named = map.items.filter((pair) => !isMerge(pair)).map((pair) => [keyOf(pair) ?? '', pair] as const);
  const index = new Map(named);
  indices.set(map, index);
  return index;
}

const indices = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>();

/** Reads a path as it is spelled: `containers[0].image`, `labels["a.b"]`. */
export function parsePath(text: string): Path {
  return [...text.matchAll(/\[(\d+)\]|\["([^"]*)"\]|([^.[\]]+)/g)].map(([, index, quoted, name]) =>
    index === undefined ? (quoted ?? name ?? '') : Number(index),
  );
}
