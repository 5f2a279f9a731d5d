import { duplicateValue, invalidValue } from './field-errors.ts';
import type { NetworkPolicyFields } from './kinds/network-policy.ts';
import type { Manifest } from './manifests.ts';
import { formatFault } from './patterns.ts';
import { checkMetadata, nameOf, namespaceOf, refuseUnusable } from './rules/metadata.ts';
import { checkNetworkPolicy } from './rules/network-policy.ts';

/** A NetworkPolicy declared by a manifest: checked. */
export interface PolicyManifest {
  readonly name: string;
  readonly namespace: string;
  readonly spec: NetworkPolicyFields['spec'];
}

/** A Namespace declared by a manifest. */
export interface NamespaceManifest {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** The NetworkPolicies of all manifests, and what the API server would refuse in them. */
export function policiesOf(manifests: readonly Manifest[], wanted: string | undefined): PolicyManifest[] {
  const taken = new Set<string>();
  return manifests.flatMap((manifest) => {
    if (manifest.kind !== 'NetworkPolicy' || manifest.fields === undefined) return [];
    const { fields, report } = manifest;
    const { metadata = {}, spec } = fields;
    const at = report.at('metadata');
    checkMetadata(metadata, at);
    checkNetworkPolicy(spec, report.at('spec'));
    // Its name becomes a file name and those of chains.
    const name = refuseUnusable(nameOf(metadata, at), at);
    if (name === undefined) return [];
    const namespace = namespaceOf(metadata, wanted, at);
    const key = `${namespace}/${name}`;
    if (taken.has(key)) at.fault(['name'], duplicateValue(name));
    taken.add(key);
    return [{ name, namespace, spec }];
  });
}

/** The Namespaces of all manifests: their labels are what NetworkPolicies may select by. */
export function namespacesOf(manifests: readonly Manifest[]): NamespaceManifest[] {
  const taken = new Set<string>();
  return manifests.flatMap((manifest) => {
    if (manifest.kind !== 'Namespace' || manifest.fields === undefined) return [];
    const { fields, report } = manifest;
    const { metadata = {} } = fields;
    const at = report.at('metadata');
    checkMetadata(metadata, at);
    const name = nameOf(metadata, at);
    const wrong = name === undefined ? undefined : formatFault('dnsLabel', name);
    if (wrong) at.fault(['name'], invalidValue(name, wrong));
    if (name === undefined || wrong) return [];
    if (taken.has(name)) at.fault(['name'], duplicateValue(name));
    taken.add(name);
    return [{ name, labels: metadata.labels ?? {} }];
  });
}
