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
import { type AliasTargets, isMerge, keyOf, mergedMaps } from './node.ts';

/** The deepest nesting of lists and maps. A pod needs about fifteen levels. */
export const MAX_DEPTH = 100;
export const TOO_DEEP = `lists and maps are nested more than ${MAX_DEPTH} levels deep`;

/** A fault of the YAML text itself. */
export interface YamlFault {
  readonly node: Node;
  readonly message: string;
}

/**
 * Converts a YAML document to plain values. Maps have no prototype, so any key is safe. Refuses values that JSON cannot
 * express, and limits what aliases repeat: ten lines of nested aliases can expand to a billion values.
 */
export class Converter {
  readonly faults: YamlFault[] = [];
  readonly #targets = new Map<Alias, Node>();
  readonly #anchors = new Map<string, Node>();
  #aliases = 0;
  #repeated = 0;
  #aliasDepth = 0;

  get targets(): AliasTargets {
    return this.#targets;
  }

  convert(node: unknown, depth = 0): unknown {
    if (node === null || node === undefined) return null;
    if (depth > MAX_DEPTH) return this.#refuse(node as Node, TOO_DEEP);
    if (this.#aliasDepth > 0 && ++this.#repeated > MAX_REPEATED) return this.#refuseRepetition(node as Node);
    if (isAlias(node)) return this.#alias(node, depth);
    if (isScalar(node)) return this.#scalar(this.#rememberAnchor(node));
    if (isSeq(node)) return this.#rememberAnchor(node).items.map((item) => this.convert(item, depth + 1));
    return isMap(node) ? this.#map(this.#rememberAnchor(node), depth) : undefined;
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
    if (isScalar(pair.key)) this.#rememberAnchor(pair.key);
    const value = this.convert(pair.value, depth + 1);
    if (key === undefined) this.#refuse(pair.key as Node, 'a key must be a string');
    else if (key in values) this.#refuse(pair.key as Node, `duplicate key ${JSON.stringify(key)}`);
    else values[key] = value;
  }

  #merged(pair: Pair, depth: number): [string, unknown][] {
    // Also registers the anchors and aliases inside the value, which mergedMaps() needs.
    const value = this.convert(pair.value, depth);
    if (mergedMaps(pair, this.#targets))
      return [value].flat().flatMap((each) => Object.entries(each as object));
    this.#refuse(pair.key as Node, '<< takes a map or a list of maps');
    return [];
  }

  #alias(alias: Alias, depth: number): unknown {
    const target = this.#anchors.get(alias.source);
    if (!target) return this.#refuse(alias, `no anchor "${alias.source}" before this alias`);
    if (++this.#aliases > MAX_ALIASES) return this.#refuseRepetition(alias);
    this.#targets.set(alias, target);
    this.#aliasDepth += 1;
    const value = this.convert(target, depth);
    this.#aliasDepth -= 1;
    return value;
  }

  #scalar(node: Scalar): unknown {
    const { value } = node;
    if (typeof value !== 'number' || Number.isFinite(value)) return value;
    return this.#refuse(node, `${node.source} is not a JSON number`);
  }

  #rememberAnchor<N extends Node & { anchor?: string }>(node: N): N {
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    return node;
  }

  #refuseRepetition(node: Node): undefined {
    if (this.faults.some(({ message }) => message === TOO_OFTEN)) return undefined;
    return this.#refuse(node, TOO_OFTEN);
  }

  #refuse(node: Node, message: string): undefined {
    this.faults.push({ node, message });
    return undefined;
  }
}

const MAX_ALIASES = 100;
const MAX_REPEATED = 10_000;
const TOO_OFTEN = `aliases repeat too much: at most ${MAX_ALIASES} aliases and ${MAX_REPEATED} repeated values`;
