import type { JobShare } from '../spec/pod-spec.ts';
import type { CronJobFields } from './kinds/cron-job.ts';
import type { FailureRule, JobFields } from './kinds/job.ts';
import type { MetaFields } from './kinds/meta.ts';
import type { PodFields } from './kinds/pod.ts';
import type { StatefulSetFields } from './kinds/stateful-set.ts';
import type { Manifest } from './manifests.ts';
import type { Path } from './node.ts';
import type { Report } from './report.ts';
import { checkController } from './rules/controller.ts';
import { checkJob } from './rules/job.ts';

/** The pods that a manifest declares: how many, of what template, and what tells them apart. */
export interface Instances {
  /** Labels and annotations of the pods. */
  readonly podMeta: MetaFields;
  readonly spec: PodFields;
  /** The path of the template. */
  readonly path: Path;
  readonly count: number;
  /** The number of the first one. */
  readonly first: number;
  /** NAME-0 also when there is only one. */
  readonly numbered: boolean;
  /** For a Job: how many failures are followed by another attempt, of all its pods together or of each. */
  readonly backoffLimit?: number | undefined;
  /** For a Job: what follows certain exit statuses of a container. */
  readonly failureRules?: readonly FailureRule[] | undefined;
  /** For a Job. `together`: it does not begin with all of its pods. */
  readonly job?: Omit<JobShare, 'name'> | undefined;
  /** When a CronJob is due. */
  readonly schedule?: string;
  /** By whose clock: of the IANA database. Default: this machine's. */
  readonly timeZone?: string | undefined;
  /** What a pod has beyond the template, by its number. */
  readonly identify?: (name: string, number: number) => Identity;
}

/** Labels, annotations and fields that a controller gives to one of its pods. */
export interface Identity {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Fields that the spec of the template lacks. */
  readonly spec: Partial<PodFields>;
  readonly env?: NonNullable<PodFields['containers'][number]['env']>;
  /** Volumes whose claims have its name: `data-db-0`. */
  readonly claims?: readonly string[];
}

const PLAIN = { first: 0, numbered: false } as const;
const TEMPLATE: Path = ['spec', 'template'];

/** Undefined: the manifest declares no pods, or has faults, which were reported. */
export function instancesOf({ kind, fields, report }: Manifest): Instances | undefined {
  if (fields === undefined) return undefined;
  switch (kind) {
    case 'ConfigMap':
    case 'Secret':
    case 'Service':
    case 'Endpoints':
    case 'EndpointSlice':
    case 'NetworkPolicy':
    case 'Namespace':
      return undefined;
    case 'Pod':
      return { ...PLAIN, path: [], podMeta: fields.metadata ?? {}, spec: fields.spec, count: 1 };
    case 'StatefulSet':
      checkController(kind, fields.spec, report.at('spec'));
      return ofStatefulSet(fields);
    case 'Job':
      return ofJob(fields.spec, fields.metadata?.name, [], report);
    case 'CronJob':
      return ofCronJob(fields, report);
    default: {
      checkController(kind, fields.spec, report.at('spec'));
      const { template } = fields.spec;
      const count = 'replicas' in fields.spec ? (fields.spec.replicas ?? 1) : 1;
      return { ...PLAIN, path: TEMPLATE, podMeta: template.metadata ?? {}, spec: template.spec, count };
    }
  }
}

/** Each pod has a number, a name in the subdomain, and the volumes of the claims. */
function ofStatefulSet({ spec: set }: StatefulSetFields): Instances {
  const { template, replicas = 1, serviceName, ordinals = {}, volumeClaimTemplates = [] } = set;
  const claims = volumeClaimTemplates.flatMap(({ metadata }) => metadata?.name ?? []);
  const others = (template.spec.volumes ?? []).filter(({ name }) => !claims.includes(name));
  const volumes = [
    ...claims.map((name) => ({ name, persistentVolumeClaim: { claimName: name } })),
    ...others,
  ];
  return {
    path: TEMPLATE,
    podMeta: template.metadata ?? {},
    spec: { ...template.spec, ...(claims.length > 0 && { volumes }) },
    count: replicas,
    first: ordinals.start ?? 0,
    numbered: true,
    identify: (name, number) => ({
      labels: { 'statefulset.kubernetes.io/pod-name': name, 'apps.kubernetes.io/pod-index': `${number}` },
      spec: { hostname: name, ...(serviceName !== undefined && { subdomain: serviceName }) },
      claims,
    }),
  };
}

function ofCronJob({ metadata, spec }: CronJobFields, report: Report): Instances {
  const { schedule, timeZone, suspend = false, jobTemplate } = spec;
  const instances = ofJob(jobTemplate.spec, metadata?.name, ['spec', 'jobTemplate'], report);
  if (suspend) report.note(['spec', 'suspend'], 'the CronJob is suspended: it starts nothing');
  return { ...instances, schedule, timeZone, ...(suspend && { count: 0 }) };
}

/** `base` is the path of the Job in its manifest. */
function ofJob(job: JobFields['spec'], name = '', base: Path, report: Report): Instances {
  const at = report.at(...base, 'spec');
  checkJob(job, at);
  const { template, completions, parallelism, completionMode, suspend = false } = job;
  const { backoffLimit, backoffLimitPerIndex, ttlSecondsAfterFinished: ttl } = job;
  if (suspend) at.note(['suspend'], 'the Job is suspended: it starts nothing');
  const isIndexed = completionMode === 'Indexed';
  const together = parallelism ?? 1;
  const deadlines = [template.spec.activeDeadlineSeconds, job.activeDeadlineSeconds].filter(
    (each) => each !== undefined,
  );
  return {
    path: [...base, ...TEMPLATE],
    podMeta: template.metadata ?? {},
    spec: {
      ...template.spec,
      ...(deadlines.length > 0 && { activeDeadlineSeconds: Math.min(...deadlines) }),
    },
    // Without completions, a Job is a queue: `parallelism` pods, until one has succeeded and all have ended.
    count: suspend || parallelism === 0 ? 0 : (completions ?? parallelism ?? 1),
    first: 0,
    numbered: isIndexed,
    job: {
      ...(completions !== undefined && together < completions && { together }),
      failsTogether: backoffLimitPerIndex === undefined,
      ...(ttl !== undefined && { ttl }),
    },
    failureRules: job.podFailurePolicy?.rules,
    backoffLimit: backoffLimitPerIndex ?? backoffLimit ?? DEFAULT_BACKOFF_LIMIT,
    identify: (pod, number) => ({
      labels: {
        'batch.kubernetes.io/job-name': name,
        'job-name': name,
        ...(isIndexed && { [INDEX]: `${number}` }),
      },
      ...(isIndexed && { annotations: { [INDEX]: `${number}` }, env: INDEX_VARIABLE }),
      spec: isIndexed ? { hostname: pod } : {},
    }),
  };
}

/** pkg/apis/batch/v1/defaults.go */
const DEFAULT_BACKOFF_LIMIT = 6;

const INDEX = 'batch.kubernetes.io/job-completion-index';
const INDEX_VARIABLE = [
  {
    name: 'JOB_COMPLETION_INDEX',
    valueFrom: { fieldRef: { fieldPath: `metadata.annotations['${INDEX}']` } },
  },
];
