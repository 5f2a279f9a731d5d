import type { Content, Contents } from '../content.ts';
import type { PodFields } from '../kinds/pod.ts';
import type { ProjectionFields } from '../kinds/volume.ts';
import type { Report } from '../report.ts';
import { notFound } from '../wording.ts';
import { containersOf } from './standing.ts';

/** What a pod can refer to: the ConfigMaps and Secrets of the same sources. */
export interface Referable {
  readonly configMaps: Contents;
  readonly secrets: Contents;
}

/** Whatever a pod refers to must be there, or it would wait for ever. `report` is at its spec. */
export function checkReferences(spec: PodFields, { configMaps, secrets }: Referable, report: Report): void {
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

function checkProjections(sources: readonly ProjectionFields[], there: Referable, report: Report): void {
  for (const [index, { configMap, secret }] of sources.entries()) {
    check(configMap, there.configMaps, report.at(index, 'configMap'));
    check(secret, there.secrets, report.at(index, 'secret'));
  }
}

interface Reference {
  readonly name: string;
  readonly key?: string;
  readonly items?: readonly { readonly key: string }[];
  readonly optional?: boolean;
}

function check(reference: Reference | undefined, all: Contents, report: Report, nameField = 'name'): void {
  if (!reference || reference.optional) return;
  if (!all.has(reference.name)) {
    report.fault(
      [nameField],
      notFound(reference.name, 'none of the files has it (optional: true goes on without)'),
    );
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
