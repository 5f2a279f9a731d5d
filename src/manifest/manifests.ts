import { decode } from './decode.ts';
import type { Diagnostics } from './diagnostics.ts';
import { nearest } from './did-you-mean.ts';
import type { ManifestDocument } from './document.ts';
import { harmless, object, required } from './field.ts';
import { requiredValue, show } from './field-errors.ts';
import { anything, words } from './formats.ts';
import { KINDS, type Kind, type KindName } from './kinds/kinds.ts';
import { ListMeta } from './kinds/meta.ts';
import { foreignReason, groupsOf, PODLESS_KINDS, podlessReason } from './kinds/podless.ts';
import { wrongType } from './leaf-fault.ts';
import { Report } from './report.ts';
import { list, type Read, type Shape } from './shape.ts';

/** One object of a supported kind. */
export type Manifest = { readonly [K in KindName]: ManifestOf<K> }[KindName];

interface ManifestOf<K extends KindName> {
  readonly kind: K;
  /** `metadata.name` as written, unchecked. */
  readonly name: unknown;
  /** The decoded fields, each valid by itself. Undefined: there are faults, which were reported. */
  readonly fields: Read<(typeof KINDS)[K]['type']> | undefined;
  readonly report: Report;
}

/** Reads the objects of a document: one, or the items of a List. Unsupported kinds are reported and skipped. */
export function manifestsOf(document: ManifestDocument, diagnostics: Diagnostics): Manifest[] {
  return readObject(document.value, new Report(diagnostics, document));
}

function readObject(value: unknown, report: Report): Manifest[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    report.fault([], `a manifest is a map with apiVersion and kind, not ${show(value)}`);
    return [];
  }
  const { kind, apiVersion } = value as Record<string, unknown>;
  for (const [name, word] of Object.entries({ apiVersion, kind })) {
    if (word === undefined || word === null || word === '') report.fault([name], requiredValue());
    else if (typeof word !== 'string')
      report.fault([name], wrongType(word, 'a string', report.written([name])));
  }
  if (typeof kind !== 'string' || typeof apiVersion !== 'string' || !kind || !apiVersion) return [];
  if (kind === 'List' && apiVersion === 'v1') return readList(value, report);
  const passedOver = podlessReason(apiVersion, kind);
  if (passedOver !== undefined) {
    report.passOver(kind, (value as { metadata?: { name?: unknown } }).metadata?.name, passedOver);
    return [];
  }
  const foreign = foreignReason(apiVersion);
  if (foreign !== undefined && !isMisspelled(kind, apiVersion)) {
    report.refuseKind(`${kind} (${apiVersion})`, foreign);
    return [];
  }
  if (!Object.hasOwn(KINDS, kind)) return refuseKind(kind, apiVersion, report);
  return checkVersion(kind, apiVersion, KINDS[kind as KindName], report)
    ? [readKind(kind as KindName, value, report)]
    : [];
}

const List = object('List', {
  apiVersion: required(words),
  kind: required(words),
  metadata: harmless(ListMeta, 'set by an API server'),
  items: required(list(anything)),
});

function readList(value: object, report: Report): Manifest[] {
  const items = decode(value, List, report)?.items ?? [];
  return items.flatMap((item, index) => readObject(item, report.at('items', index)));
}

function readKind(kind: KindName, raw: object, report: Report): Manifest {
  const name = (raw as { metadata?: { name?: unknown } }).metadata?.name;
  const { type }: { readonly type: Shape } = KINDS[kind];
  return { kind, name, fields: decode(raw, type, report), report } as Manifest;
}

function checkVersion(kind: string, given: string, { version, removed }: Kind, report: Report): boolean {
  if (given === version) return true;
  const refusal = `no matches for kind ${show(kind)} in version ${show(given)}`;
  if (!Object.hasOwn(removed, given)) {
    report.fault(['apiVersion'], `${refusal}: write ${version}`);
    return false;
  }
  report.warn(['apiVersion'], `Kubernetes says ${refusal}, since ${removed[given]}; read as ${version}`);
  return true;
}

/** A supported kind with a group that is almost its own: `aps/v1`. */
function isMisspelled(kind: string, apiVersion: string): boolean {
  if (!Object.hasOwn(KINDS, kind)) return false;
  return nearest(apiVersion, [KINDS[kind as KindName].version]) !== undefined || !apiVersion.includes('.');
}

function refuseKind(kind: string, apiVersion: string, report: Report): [] {
  const similar = nearest(kind, [...Object.keys(KINDS), 'List', ...PODLESS_KINDS]);
  const refusal = `no matches for kind ${show(kind)} in version ${show(apiVersion)}`;
  if (similar === kind) {
    const groups = groupsOf(kind).map((group) => `of ${group || 'v1'}`);
    report.fault(['kind'], `${refusal}: ${groups.length > 0 ? `it is ${groups.join(' or ')}` : 'write v1'}`);
  } else if (similar !== undefined) report.fault(['kind'], `${refusal} (did you mean "${similar}"?)`);
  else report.refuseKind(kind, `supported kinds: ${Object.keys(KINDS).join(', ')}, List`);
  return [];
}
