import { qualifiedName, splitName } from '../spec/names.ts';
import { duplicateValue, invalidValue, requiredValue } from './field-errors.ts';
import type { ConfigMapFields, SecretFields } from './kinds/config.ts';
import type { MetaFields } from './kinds/meta.ts';
import type { Manifest } from './manifests.ts';
import { formatFault } from './patterns.ts';
import type { Report } from './report.ts';
import { checkMetadata, nameOf, namespaceOf } from './rules/metadata.ts';

/** The data of a ConfigMap or Secret, by key. */
export type Content = ReadonlyMap<string, string | Uint8Array>;

/** ConfigMaps or Secrets by qualified name. Undefined: the object has faults, which were reported. */
export type Contents = ReadonlyMap<string, Content | undefined>;

/** The objects of one namespace, by their bare names. */
export interface Lookup<T> extends Pick<ReadonlyMap<string, T>, 'get' | 'has'> {
  /** Another namespace that has an object of this name. */
  elsewhere(name: string): string | undefined;
}

/** What the pods of a namespace can refer to. */
export function inNamespace<T>(all: ReadonlyMap<string, T>, namespace: string): Lookup<T> {
  return {
    get: (name) => all.get(qualifiedName(namespace, name)),
    has: (name) => all.has(qualifiedName(namespace, name)),
    elsewhere: (name) =>
      [...all.keys()].map(splitName).find((other) => other.name === name && other.namespace !== namespace)
        ?.namespace,
  };
}

/** Collects the objects of a kind, and reports what the API server would refuse in them. */
export function contentsOf(
  kind: 'ConfigMap' | 'Secret',
  manifests: readonly Manifest[],
  namespace: string | undefined,
): Contents {
  const contents = new Map<string, Content | undefined>();
  for (const manifest of manifests.filter((each) => each.kind === kind)) {
    const { name, report } = manifest;
    const { metadata = {} } = (manifest.fields ?? {}) as { readonly metadata?: MetaFields };
    const content = contentOf(manifest);
    if (typeof name !== 'string') continue;
    const qualified = qualifiedName(namespaceOf(metadata, namespace, report.at('metadata')), name);
    if (contents.has(qualified)) report.fault(['metadata', 'name'], duplicateValue(name));
    contents.set(qualified, content);
  }
  return contents;
}

function contentOf(manifest: Manifest): Content | undefined {
  const { kind, fields, report } = manifest;
  if ((kind !== 'ConfigMap' && kind !== 'Secret') || fields === undefined) return undefined;
  const { metadata = {} } = fields;
  checkMetadata(metadata, report.at('metadata'));
  nameOf(metadata, report.at('metadata'));
  const content = kind === 'ConfigMap' ? ofConfigMap(fields, report) : ofSecret(fields, report);
  const size = [...content.values()].reduce((sum, value) => sum + Buffer.byteLength(value), 0);
  if (size > MAX_BYTES) report.fault([], `Too long: must have at most ${MAX_BYTES} bytes`);
  return content;
}

/** pkg/apis/core/types.go: MaxSecretSize */
const MAX_BYTES = 1024 * 1024;

function ofConfigMap({ data = {}, binaryData = {} }: ConfigMapFields, report: Report): Content {
  checkKeys(data, report.at('data'));
  checkKeys(binaryData, report.at('binaryData'));
  for (const key of Object.keys(binaryData).filter((each) => each in data)) {
    report.fault(['binaryData', key], invalidValue(key, 'duplicate of key present in data'), 'key');
  }
  return new Map<string, string | Uint8Array>([...Object.entries(data), ...decoded(binaryData)]);
}

function ofSecret({ data = {}, stringData = {}, type = 'Opaque' }: SecretFields, report: Report): Content {
  checkKeys(data, report.at('data'));
  checkKeys(stringData, report.at('stringData'));
  const content = new Map<string, string | Uint8Array>([...decoded(data), ...Object.entries(stringData)]);
  for (const key of REQUIRED_KEYS.get(type) ?? [])
    if (!content.has(key)) report.fault(['data', key], requiredValue());
  if (type === 'kubernetes.io/basic-auth' && !content.has('username') && !content.has('password')) {
    report.fault(['data', 'username'], requiredValue());
  }
  return content;
}

/** The keys that a type of Secret requires. pkg/apis/core/validation/validation.go: ValidateSecret */
const REQUIRED_KEYS: ReadonlyMap<string, readonly string[]> = new Map([
  ['kubernetes.io/dockercfg', ['.dockercfg']],
  ['kubernetes.io/dockerconfigjson', ['.dockerconfigjson']],
  ['kubernetes.io/ssh-auth', ['ssh-privatekey']],
  ['kubernetes.io/tls', ['tls.crt', 'tls.key']],
]);

function checkKeys(data: Readonly<Record<string, string>>, report: Report): void {
  for (const key of Object.keys(data)) {
    const wrong = formatFault('configKey', key);
    if (wrong) report.fault([key], invalidValue(key, wrong), 'key');
  }
}

function decoded(data: Readonly<Record<string, string>>): [string, Uint8Array][] {
  return Object.entries(data).map(([key, text]) => [key, new Uint8Array(Buffer.from(text, 'base64'))]);
}
