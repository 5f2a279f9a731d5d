import { applyDefaults } from './defaults.ts';
import type { MetaFields } from './kinds/meta.ts';
import type { PodFields } from './kinds/pod.ts';
import type { Manifest } from './manifests.ts';
import type { Report } from './report.ts';
import { checkDeployment } from './rules/deployment.ts';
import { checkJob } from './rules/job.ts';
import { checkMetadata, podNameOf } from './rules/metadata.ts';
import { checkPod } from './rules/pod.ts';

/** A pod template: a Pod itself, or the template of a Deployment or Job. */
export interface Template {
  readonly kind: 'Pod' | 'Deployment' | 'Job';
  /** Undefined: there is no valid name, which was reported. */
  readonly name: string | undefined;
  /** The metadata of the whole manifest. */
  readonly meta: MetaFields;
  /** Labels and annotations of the pods. */
  readonly podMeta: MetaFields;
  readonly spec: PodFields;
  readonly replicas: number;
  /** For a Job: how often a failed container is restarted. */
  readonly backoffLimit?: number | undefined;
  /** At the whole manifest. */
  readonly manifest: Report;
  /** At the pod's spec. */
  readonly report: Report;
}

/** The pod template of a manifest. Reports what the API server would refuse. Undefined: the manifest declares no pods. */
export function templateOf(manifest: Manifest): Template | undefined {
  const template = unchecked(manifest);
  if (!template) return undefined;
  const { kind, meta, podMeta, report } = template;
  checkMetadata(meta, template.manifest.at('metadata'));
  if (kind !== 'Pod') checkMetadata(podMeta, template.manifest.at('spec', 'template', 'metadata'));
  const spec = applyDefaults(template.spec, report);
  checkPod(spec, report);
  return { ...template, spec, name: podNameOf(meta, template.manifest.at('metadata')) };
}

function unchecked({ kind, fields, report }: Manifest): Template | undefined {
  if (kind === 'ConfigMap' || kind === 'Secret' || fields === undefined) return undefined;
  const { metadata: meta = {} } = fields;
  const common = { name: undefined, meta, manifest: report };
  if (kind === 'Pod') {
    return { kind, ...common, podMeta: meta, spec: fields.spec, replicas: 1, report: report.at('spec') };
  }
  const { metadata: podMeta = {}, spec } = fields.spec.template;
  const inner = report.at('spec', 'template', 'spec');
  if (kind === 'Deployment') {
    checkDeployment(fields.spec, report.at('spec'));
    return { kind, ...common, podMeta, spec, replicas: fields.spec.replicas ?? 1, report: inner };
  }
  checkJob(fields.spec, report.at('spec'));
  const deadlines = [spec.activeDeadlineSeconds, fields.spec.activeDeadlineSeconds].filter(
    (each) => each !== undefined,
  );
  const within = deadlines.length > 0 ? { activeDeadlineSeconds: Math.min(...deadlines) } : {};
  const { backoffLimit = DEFAULT_BACKOFF_LIMIT } = fields.spec;
  return { kind, ...common, podMeta, spec: { ...spec, ...within }, replicas: 1, backoffLimit, report: inner };
}

/** pkg/apis/batch/v1/defaults.go */
const DEFAULT_BACKOFF_LIMIT = 6;
