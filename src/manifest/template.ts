import { applyDefaults } from './defaults.ts';
import { type Instances, instancesOf } from './instances.ts';
import type { KindName } from './kinds/kinds.ts';
import type { MetaFields } from './kinds/meta.ts';
import type { PodFields } from './kinds/pod.ts';
import type { Manifest } from './manifests.ts';
import type { Report } from './report.ts';
import { checkAttachments } from './rules/attachments.ts';
import { checkCronJobName, checkMetadata, namespaceOf, podNameOf } from './rules/metadata.ts';
import { checkPod } from './rules/pod.ts';

/** The kinds that declare pods. */
export type PodKind = Exclude<KindName, 'ConfigMap' | 'Secret' | 'Service'>;

/** A pod template: a Pod itself, or the template of another kind. */
export interface Template extends Instances {
  readonly kind: PodKind;
  /** Undefined: there is no valid name, which was reported. */
  readonly name: string | undefined;
  readonly namespace: string;
  /** At the whole manifest. */
  readonly manifest: Report;
  /** At the pod's spec. */
  readonly report: Report;
}

/** The pod template of a manifest. Reports what the API server would refuse. Undefined: the manifest declares no pods. */
export function templateOf(manifest: Manifest, wanted: string | undefined): Template | undefined {
  const instances = instancesOf(manifest);
  if (!instances) return undefined;
  const { kind, report: whole } = manifest;
  const { metadata: meta = {} } = manifest.fields as { readonly metadata?: MetaFields };
  const report = whole.at(...instances.path, 'spec');
  checkMetadata(meta, whole.at('metadata'));
  const podReport = whole.at(...instances.path, 'metadata');
  if (kind !== 'Pod') checkMetadata(instances.podMeta, podReport);
  if (kind === 'CronJob') checkCronJobName(meta, whole.at('metadata'));
  const spec: PodFields = applyDefaults(instances.spec, report);
  checkAttachments(instances.podMeta, spec, podReport);
  checkPod(spec, report);
  const name = podNameOf(meta, whole.at('metadata'));
  const namespace = namespaceOf(meta, wanted, whole.at('metadata'));
  return { ...instances, kind: kind as PodKind, namespace, spec, name, manifest: whole, report };
}
