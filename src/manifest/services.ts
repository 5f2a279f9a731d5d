import { duplicateValue, invalidValue } from './field-errors.ts';
import type { ServiceFields } from './kinds/service.ts';
import type { Manifest } from './manifests.ts';
import { formatFault } from './patterns.ts';
import { checkMetadata, nameOf, namespaceOf } from './rules/metadata.ts';
import { checkService } from './rules/service.ts';

/** A Service declared by a manifest: checked. */
export interface ServiceManifest {
  readonly name: string;
  readonly namespace: string;
  /** `file:line:column` of the manifest. */
  readonly where: string;
  readonly spec: ServiceFields['spec'];
}

/** The Services of all manifests, and what the API server would refuse in them. */
export function servicesOf(manifests: readonly Manifest[], wanted: string | undefined): ServiceManifest[] {
  const taken = new Set<string>();
  return manifests.flatMap((manifest) => {
    if (manifest.kind !== 'Service' || manifest.fields === undefined) return [];
    const { fields, report } = manifest;
    const { metadata = {}, spec } = fields;
    const at = report.at('metadata');
    checkMetadata(metadata, at);
    checkService(spec, report.at('spec'));
    const name = nameOf(metadata, at);
    const wrong = name === undefined ? undefined : formatFault('dnsLabel', name);
    if (wrong) at.fault(['name'], invalidValue(name, wrong));
    if (name === undefined || wrong) return [];
    const namespace = namespaceOf(metadata, wanted, at);
    const key = `${namespace}/${name}`;
    if (taken.has(key)) at.fault(['name'], duplicateValue(name));
    taken.add(key);
    return [{ name, namespace, where: report.position([]).where, spec }];
  });
}
