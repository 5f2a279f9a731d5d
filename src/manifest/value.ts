import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import { isMerge, keyOf, mergedMaps, type Targets } from './node.ts';

/** How deep lists and maps may lie in each other. A pod takes about fifteen. */
export const DEPTH = 100;
export const TOO_DEEP = `lists and maps lie more than ${DEPTH} deep in each other`;

/** Something that is wrong whatever the document should be. */
export interface Complaint {
  readonly node: Node;
  readonly message: string;
}

/**
 * A document as plain values. Maps have no prototype, so that a key may be called as it likes. What JSON cannot
 * say is refused; and what anchors repeat is kept within bounds, for ten lines of them can make a billion values.
 */
export class Converter {
  readonly complaints: Complaint[] = [];
  readonly #targets = new Map<Alias, Node>();
  readonly #anchors = new Map<string, Node>();
  #aliases = 0;
  #repeated = 0;
  #within = 0;

  get targets(): Targets {
    return this.#targets;
  }

  convert(node: unknown, depth = 0): unknown {
    if (node === null || node === undefined) return null;
    if (depth > DEPTH) return this.#refuse(node as Node, TOO_DEEP);
    if (this.#within > 0 && ++this.#repeated > MOST_REPEATED) return this.#tooOften(node as Node);
    if (isAlias(node)) return this.#alias(node, depth);
    if (isScalar(node)) return this.#scalar(this.#named(node));
    if (isSeq(node)) return this.#named(node).items.map((item) => this.convert(item, depth + 1));
    return isMap(node) ? this.#map(this.#named(node), depth) : undefined;
  }

  #map(map: YAMLMap, depth: number): Record<string, unknown> {
    const values: Record<string, unknown> = Object.create(null);
    const merges: Pair[] = [];
    for (const pair of map.items) {
      if (isMerge(pair)) merges.push(pair);
      else this.#pair(values, pair, depth);
    }
    for (const pair of merges) {
      for (const [key, value] of this.#merged(pair, depth)) if (!(key in values)) values[key] = value;
    }
    return values;
  }

  #pair(values: Record<string, unknown>, pair: Pair, depth: number): void {
    const key = keyOf(pair);
    if (isScalar(pair.key)) this.#named(pair.key);
    const value = this.convert(pair.value, depth + 1);
    if (key === undefined) this.#refuse(pair.key as Node, 'a key must be a string');
    else if (key in values) this.#refuse(pair.key as Node, `key ${JSON.stringify(key)} is there twice`);
    else values[key] = value;
  }

  #merged(pair: Pair, depth: number): [string, unknown][] {
    // Converted for what it says, and for the aliases in it, which are known only from here on.
    const value = this.convert(pair.value, depth);
    if (mergedMaps(pair, this.#targets))
      return [value].flat().flatMap((each) => Object.entries(each as object));
    this.#refuse(pair.key as Node, '<< takes a map, or a list of them');
    return [];
  }

  #alias(alias: Alias, depth: number): unknown {
    const target = this.#anchors.get(alias.source);
    if (!target) return this.#refuse(alias, `there is no anchor called ${alias.source} before this`);
    if (++this.#aliases > MOST_ALIASES) return this.#tooOften(alias);
    this.#targets.set(alias, target);
    this.#within += 1;
    const value = this.convert(target, depth);
    this.#within -= 1;
    return value;
  }

  #scalar(node: Scalar): unknown {
    const { value } = node;
    if (typeof value !== 'number' || Number.isFinite(value)) return value;
    return this.#refuse(node, `${node.source} is no number of JSON`);
  }

  #named<N extends Node & { anchor?: string }>(node: N): N {
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    return node;
  }

  #tooOften(node: Node): undefined {
    if (this.complaints.some(({ message }) => message === TOO_OFTEN)) return undefined;
    return this.#refuse(node, TOO_OFTEN);
  }

  #refuse(node: Node, message: string): undefined {
    this.complaints.push({ node, message });
    return undefined;
  }
}

const MOST_ALIASES = 100;
const MOST_REPEATED = 10_000;
const TOO_OFTEN = `anchors repeat too much: ${MOST_ALIASES} aliases and ${MOST_REPEATED} values are allowed`;
