import { duplicateValue } from './field-errors.ts';
import type { PodFields } from './kinds/pod.ts';
import { parsePath } from './node.ts';
import { refuseUnusable } from './rules/metadata.ts';
import type { Template } from './template.ts';

/** A pod declared by a manifest: checked, with the API server's defaults. */
export interface PodManifest {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** `file:line:column` of the manifest. */
  readonly where: string;
  readonly kind: 'Pod' | 'Deployment' | 'Job';
  readonly spec: PodFields;
  /** For a Job: how often a failed container is restarted. */
  readonly backoffLimit?: number | undefined;
  /** `file:line:column` of a field of the spec: `containers[0].image`. For a missing field, of the object that lacks it. */
  locate(path: string): string;
}

/** The pods of all templates: for a Deployment one per replica, each with its own name. */
export function podsOf(templates: readonly Template[]): PodManifest[] {
  const names = new Set<string>();
  return templates.flatMap((template) =>
    namesOf(template).map((name) => {
      if (names.has(name)) template.manifest.fault(['metadata', 'name'], duplicateValue(name));
      names.add(name);
      return podOf(name, template);
    }),
  );
}

function namesOf({ name, replicas, manifest }: Template): string[] {
  if (name === undefined || replicas <= 1) return name === undefined ? [] : [name].slice(0, replicas);
  if (replicas > MAX) {
    manifest.fault(['spec', 'replicas'], `${replicas} pods are too many for one machine: at most ${MAX}`);
    return [];
  }
  if (refuseUnusable(`${name}-${replicas - 1}`, manifest.at('metadata')) === undefined) return [];
  return Array.from({ length: replicas }, (_, index) => `${name}-${index}`);
}

const MAX = 1000;

/** No prototype, like the maps that decode() returns. */
const NONE: Readonly<Record<string, string>> = Object.freeze(Object.create(null));

function podOf(
  name: string,
  { kind, meta, podMeta, spec, backoffLimit, manifest, report }: Template,
): PodManifest {
  return {
    name,
    namespace: meta.namespace ?? 'default',
    labels: podMeta.labels ?? NONE,
    annotations: podMeta.annotations ?? NONE,
    where: manifest.position([]).where,
    kind,
    spec,
    backoffLimit,
    locate: (path) => report.position(parsePath(path)).where,
  };
}
