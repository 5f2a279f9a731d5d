import { admit } from './admit.ts';
import { nearest } from './did-you-mean.ts';
import type { ManifestDocument } from './document.ts';
import { harmless, object, required } from './field.ts';
import type { Findings } from './findings.ts';
import { anything, words } from './formats.ts';
import { KINDS, type Kind, type KindName } from './kinds/kinds.ts';
import { ListMeta } from './kinds/meta.ts';
import { wrongType } from './leaf-fault.ts';
import { Report } from './report.ts';
import { list, type Read, type Shape } from './shape.ts';
import { requiredValue, show } from './wording.ts';

/** One object of a kind that is read. */
export type Manifest = { readonly [K in KindName]: ManifestOf<K> }[KindName];

interface ManifestOf<K extends KindName> {
  readonly kind: K;
  /** As it stands there, whatever it is. */
  readonly name: unknown;
  /** Its fields, each right by itself. Undefined: something is wrong with one, and was reported. */
  readonly fields: Read<(typeof KINDS)[K]['type']> | undefined;
  readonly report: Report;
}

/** The objects of a document: one, or those of a List. Other kinds are reported, and left out. */
export function manifestsOf(document: ManifestDocument, findings: Findings): Manifest[] {
  return readObject(document.value, new Report(findings, document));
}

function readObject(value: unknown, report: Report): Manifest[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    report.fault([], `a manifest is a map that begins with apiVersion and kind, and not ${show(value)}`);
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
  if (!Object.hasOwn(KINDS, kind)) return refuseKind(kind, apiVersion, report);
  return checkVersion(kind, apiVersion, KINDS[kind as KindName], report)
    ? [readKind(kind as KindName, value, report)]
    : [];
}

const List = object('List', {
  apiVersion: required(words),
  kind: required(words),
  metadata: harmless(ListMeta, 'what an API server says of a list'),
  items: required(list(anything)),
});

function readList(value: object, report: Report): Manifest[] {
  const items = admit(value, List, report)?.items ?? [];
  return items.flatMap((item, index) => readObject(item, report.at('items', index)));
}

function readKind(kind: KindName, raw: object, report: Report): Manifest {
  const name = (raw as { metadata?: { name?: unknown } }).metadata?.name;
  const { type }: { readonly type: Shape } = KINDS[kind];
  return { kind, name, fields: admit(raw, type, report), report } as Manifest;
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

function refuseKind(kind: string, apiVersion: string, report: Report): [] {
  const meant = nearest(kind, [...Object.keys(KINDS), 'List']);
  if (meant !== undefined) {
    const refusal = `no matches for kind ${show(kind)} in version ${show(apiVersion)}`;
    report.fault(['kind'], meant === kind ? `${refusal}: write v1` : `${refusal} (did you mean "${meant}"?)`);
  } else report.refuseKind(kind, `it reads ${Object.keys(KINDS).join(', ')}`);
  return [];
}
