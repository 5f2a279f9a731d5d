import { qualifiedName } from '../spec/names.ts';
import type { InterfaceSpec, JobShare } from '../spec/pod-spec.ts';
import { NETWORKS_ANNOTATION, readAttachments } from './attachments.ts';
import { duplicateValue } from './field-errors.ts';
import type { Identity } from './instances.ts';
import type { FailureRule } from './kinds/job.ts';
import type { MetaFields } from './kinds/meta.ts';
import type { PodFields } from './kinds/pod.ts';
import { parsePath } from './node.ts';
import { refuseUnusable } from './rules/metadata.ts';
import type { PodKind, Template } from './template.ts';

/** A pod declared by a manifest: checked, with the API server's defaults. */
export interface PodManifest {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Further networks that its annotation attaches it to. */
  readonly attachments: readonly InterfaceSpec[];
  /** `file:line:column` of the manifest. */
  readonly where: string;
  readonly kind: PodKind;
  readonly spec: PodFields;
  /** When the CronJob that it is of is due. */
  readonly schedule?: string | undefined;
  /** The time zone of that. Default: this machine's. */
  readonly timeZone?: string | undefined;
  /** For a Job: how many failures are followed by another attempt, of all its pods together or of each. */
  readonly backoffLimit?: number | undefined;
  /** For a Job: what follows certain exit statuses of a container. */
  readonly failureRules?: readonly FailureRule[] | undefined;
  /** For a pod of a Job. */
  readonly job?: JobShare | undefined;
  /** `file:line:column` of a field of the spec: `containers[0].image`. For a missing field, of the object that lacks it. */
  locate(path: string): string;
}

/** The pods of all templates: for a Deployment one per replica, each with its own name. */
export function podsOf(templates: readonly Template[]): PodManifest[] {
  const taken = new Set<string>();
  return templates.flatMap((template) =>
    numbersOf(template).map(([name, number]) => {
      const qualified = qualifiedName(template.namespace, name);
      if (taken.has(qualified)) template.manifest.fault(['metadata', 'name'], duplicateValue(name));
      taken.add(qualified);
      return podOf(name, number, template);
    }),
  );
}

/** The names of the pods, with the number of each. */
function numbersOf({ name, count, first, numbered, manifest, path }: Template): [string, number][] {
  if (name === undefined || count === 0) return [];
  if (count === 1 && !numbered) return [[name, first]];
  if (count > MAX) {
    manifest.fault(
      [...path.slice(0, -1), path.includes('jobTemplate') ? 'spec' : '', 'replicas'].filter(Boolean),
      `${count} pods are too many for one machine: at most ${MAX}`,
    );
    return [];
  }
  if (refuseUnusable(`${name}-${first + count - 1}`, manifest.at('metadata')) === undefined) return [];
  return Array.from({ length: count }, (_, index) => [`${name}-${first + index}`, first + index]);
}

const MAX = 1000;

/** No prototype, like the maps that decode() returns. */
const NONE: Readonly<Record<string, string>> = Object.freeze(Object.create(null));

function podOf(name: string, number: number, template: Template): PodManifest {
  const { kind, podMeta, backoffLimit, failureRules, job, schedule, timeZone, manifest, report } = template;
  const { labels, annotations, spec, env, claims }: Identity = template.identify?.(name, number) ?? {
    labels: NONE,
    spec: {},
  };
  return {
    name,
    namespace: template.namespace,
    labels: added(podMeta.labels, labels),
    annotations: added(podMeta.annotations, annotations),
    attachments: attachmentsOf(podMeta, template.spec),
    where: manifest.position([]).where,
    kind,
    schedule,
    timeZone,
    spec: withVariables(withClaims({ ...spec, ...template.spec }, name, claims), env),
    backoffLimit,
    failureRules,
    job: job && { ...job, name: qualifiedName(template.namespace, template.name ?? name) },
    locate: (path) => report.position(parsePath(path)).where,
  };
}

function attachmentsOf(
  { annotations = NONE }: MetaFields,
  { hostNetwork }: PodFields,
): readonly InterfaceSpec[] {
  const text = annotations[NETWORKS_ANNOTATION];
  return text && !hostNetwork ? readAttachments(text).interfaces : [];
}

function added(
  own: Readonly<Record<string, string>> | undefined,
  more: Readonly<Record<string, string>> = NONE,
): Readonly<Record<string, string>> {
  return Object.keys(more).length === 0 ? (own ?? NONE) : Object.assign(Object.create(null), own, more);
}

/** The claims of a StatefulSet's templates are each pod's own. */
function withClaims(spec: PodFields, pod: string, claims: Identity['claims'] = []): PodFields {
  if (claims.length === 0) return spec;
  const volumes = (spec.volumes ?? []).map((volume) =>
    claims.includes(volume.name)
      ? { ...volume, persistentVolumeClaim: { claimName: `${volume.name}-${pod}` } }
      : volume,
  );
  return { ...spec, volumes };
}

/** Variables of the controller come last, and those that a container sets itself stay. */
function withVariables(spec: PodFields, env: Identity['env'] = []): PodFields {
  if (env.length === 0) return spec;
  const withThem = (containers: PodFields['containers']) =>
    containers.map((container) => {
      const own = container.env ?? [];
      const missing = env.filter(({ name }) => !own.some((each) => each.name === name));
      return { ...container, env: [...own, ...missing] };
    });
  return {
    ...spec,
    containers: withThem(spec.containers),
    ...(spec.initContainers && { initContainers: withThem(spec.initContainers) }),
  };
}
