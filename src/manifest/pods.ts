import type { PodFields } from './kinds/pod.ts';
import { parsePath } from './node.ts';
import { refuseUnusable } from './rules/metadata.ts';
import type { Template } from './template.ts';
import { duplicateValue } from './wording.ts';

/** A pod as a manifest wants it: checked, and read as the API server reads it. */
export interface PodManifest {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** `file:line:column` of the manifest. */
  readonly where: string;
  readonly kind: 'Pod' | 'Deployment' | 'Job';
  readonly spec: PodFields;
  /** Of a Job: how often a container that fails is started again. */
  readonly backoffLimit?: number | undefined;
  /** `file:line:column` of a field of the spec: `containers[0].image`. Missing: of what it is missing from. */
  locate(path: string): string;
}

/** The pods that templates make: as many as a Deployment has replicas, each with a name of its own. */
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
  if (replicas > MOST) {
    manifest.fault(
      ['spec', 'replicas'],
      `${replicas} pods are more than this machine is asked for: at most ${MOST}`,
    );
    return [];
  }
  if (refuseUnusable(`${name}-${replicas - 1}`, manifest.at('metadata')) === undefined) return [];
  return Array.from({ length: replicas }, (_, index) => `${name}-${index}`);
}

const MOST = 1000;

/** Without a prototype, as those that there are. */
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
    where: manifest.place([]).where,
    kind,
    spec,
    backoffLimit,
    locate: (path) => report.place(parsePath(path)).where,
  };
}
