import { availableParallelism, totalmem } from 'node:os';
import { expand } from '../manifest/expand.ts';
import { bytesOf, milliOf } from '../manifest/quantity.ts';
import type { ContainerFields, PodManifest, Reading } from '../manifest/read.ts';
import type { Facts } from './runtime-facts.ts';

type Variable = NonNullable<ContainerFields['env']>[number];
type Source = NonNullable<Variable['valueFrom']>;

/** What a container's variables are looked up in. */
export interface Lookup {
  readonly manifest: PodManifest;
  readonly reading: Pick<Reading, 'configMaps' | 'secrets'>;
  readonly facts: Facts;
}

/** A container's own variables, in order: `envFrom` first, then `env`, each of which may refer to those before it. */
export function environmentOf(container: ContainerFields, lookup: Lookup): Record<string, string> {
  const { configMaps, secrets } = lookup.reading;
  const env: Record<string, string> = {};
  for (const { prefix = '', configMapRef, secretRef } of container.envFrom ?? []) {
    const found = configMapRef ? configMaps.get(configMapRef.name) : secrets.get(secretRef?.name ?? '');
    for (const [key, value] of found ?? []) env[prefix + key] = text(value);
  }
  for (const variable of container.env ?? []) {
    const value = variable.valueFrom
      ? valueFrom(variable.valueFrom, container, lookup)
      : expand(variable.value ?? '', (name) => env[name]);
    if (value !== undefined) env[variable.name] = value;
  }
  return env;
}

/** Undefined: it is not there and need not be. The reader has refused what is not there and must be. */
function valueFrom(source: Source, container: ContainerFields, lookup: Lookup): string | undefined {
  const { fieldRef, configMapKeyRef, secretKeyRef, resourceFieldRef } = source;
  if (fieldRef) return fieldValue(fieldRef.fieldPath, lookup);
  if (resourceFieldRef) return resourceValue(resourceFieldRef, container);
  const reference = configMapKeyRef ?? secretKeyRef;
  const all = configMapKeyRef ? lookup.reading.configMaps : lookup.reading.secrets;
  const value = all.get(reference?.name ?? '')?.get(reference?.key ?? '');
  return value === undefined ? undefined : text(value);
}

/** The downward API: what a pod may know of itself. */
export function fieldValue(path: string, { manifest, facts }: Lookup): string {
  const subscript = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path);
  if (subscript) return manifest[subscript[1] as 'labels' | 'annotations'][subscript[2] ?? ''] ?? '';
  switch (path) {
    case 'metadata.name':
      return manifest.name;
    case 'metadata.namespace':
      return manifest.namespace;
    case 'metadata.uid':
      return facts.uid;
    case 'metadata.labels':
      return listed(manifest.labels);
    case 'metadata.annotations':
      return listed(manifest.annotations);
    case 'spec.nodeName':
      return manifest.spec.nodeName ?? facts.nodeName;
    case 'spec.serviceAccountName':
      return manifest.spec.serviceAccountName ?? manifest.spec.serviceAccount ?? 'default';
    case 'status.hostIP':
    case 'status.hostIPs':
      return facts.hostIP;
    default:
      return facts.podIP;
  }
}

/** What a container is given; without a limit, what the machine has. Rounded up, as Kubernetes does. */
export function resourceValue(
  { resource, divisor }: { readonly resource: string; readonly divisor?: string | number | undefined },
  { resources }: Pick<ContainerFields, 'resources'>,
): string {
  const [kind, name] = resource.split('.') as ['limits' | 'requests', string];
  const said = resources?.[kind]?.[name as 'cpu' | 'memory'] ?? resources?.limits?.[name as 'cpu' | 'memory'];
  const up = (value: bigint, unit: bigint) => String((value + unit - 1n) / unit);
  const zeroIsNone = (unit: bigint) => (unit === 0n ? undefined : unit);
  if (name === 'cpu') {
    const milli = said === undefined ? BigInt(availableParallelism()) * 1000n : milliOf(said);
    return up(milli, zeroIsNone(milliOf(divisor ?? 0)) ?? 1000n);
  }
  const bytes = said === undefined ? BigInt(totalmem()) : bytesOf(said);
  return up(bytes, zeroIsNone(bytesOf(divisor ?? 0)) ?? 1n);
}

/** `key="value"`, a line each, sorted: as the kubelet writes them. */
function listed(all: Readonly<Record<string, string>>): string {
  const lines = Object.entries(all).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return lines.sort().join('\n');
}

function text(value: string | Uint8Array): string {
  return typeof value === 'string' ? value : Buffer.from(value).toString('utf8');
}
