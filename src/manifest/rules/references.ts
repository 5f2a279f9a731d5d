import type { Content, Lookup } from '../content.ts';
import { notFound } from '../field-errors.ts';
import type { PodFields } from '../kinds/pod.ts';
import type { ProjectionFields } from '../kinds/volume.ts';
import type { Report } from '../report.ts';
import { containersOf } from './containers.ts';

/** The ConfigMaps and Secrets of the same sources and namespace. */
export interface ConfigSources {
  readonly configMaps: Lookup<Content | undefined>;
  readonly secrets: Lookup<Content | undefined>;
}

/** Reports missing ConfigMaps, Secrets and keys: in Kubernetes the pod would wait for them. `report` is at its spec. */
export function checkReferences(
  spec: PodFields,
  { configMaps, secrets }: ConfigSources,
  report: Report,
): void {
  for (const { container, path } of containersOf(spec)) {
    for (const [index, { configMapRef, secretRef }] of (container.envFrom ?? []).entries()) {
      const at = report.at(...path, 'envFrom', index);
      check(configMapRef, configMaps, at.at('configMapRef'));
      check(secretRef, secrets, at.at('secretRef'));
    }
    for (const [index, { valueFrom }] of (container.env ?? []).entries()) {
      const at = report.at(...path, 'env', index, 'valueFrom');
      check(valueFrom?.configMapKeyRef, configMaps, at.at('configMapKeyRef'));
      check(valueFrom?.secretKeyRef, secrets, at.at('secretKeyRef'));
    }
  }
  for (const [index, { configMap, secret, projected }] of (spec.volumes ?? []).entries()) {
    const at = report.at('volumes', index);
    check(configMap, configMaps, at.at('configMap'));
    check(secret && { ...secret, name: secret.secretName }, secrets, at.at('secret'), 'secretName');
    checkProjections(projected?.sources ?? [], { configMaps, secrets }, at.at('projected', 'sources'));
  }
}

function checkProjections(
  sources: readonly ProjectionFields[],
  { configMaps, secrets }: ConfigSources,
  report: Report,
): void {
  for (const [index, { configMap, secret }] of sources.entries()) {
    check(configMap, configMaps, report.at(index, 'configMap'));
    check(secret, secrets, report.at(index, 'secret'));
  }
}

interface Reference {
  readonly name: string;
  readonly key?: string;
  readonly items?: readonly { readonly key: string }[];
  readonly optional?: boolean;
}

function check(
  reference: Reference | undefined,
  all: Lookup<Content | undefined>,
  report: Report,
  nameField = 'name',
): void {
  if (!reference || reference.optional) return;
  if (!all.has(reference.name)) {
    const other = all.elsewhere(reference.name);
    const where = other === undefined ? 'none of the files has it' : `it is in the namespace "${other}"`;
    const why = `${where} (with \`optional: true\` it may be missing)`;
    report.fault([nameField], notFound(reference.name, why));
    return;
  }
  const content: Content | undefined = all.get(reference.name);
  if (!content) return;
  const missing = (key: string, path: (string | number)[]): void => {
    if (!content.has(key)) report.fault(path, notFound(key, `${reference.name} has no such key`));
  };
  if (reference.key !== undefined) missing(reference.key, ['key']);
  for (const [index, { key }] of (reference.items ?? []).entries()) missing(key, ['items', index, 'key']);
}
