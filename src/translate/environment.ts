import { availableParallelism, totalmem } from 'node:os';
import { expand } from '../manifest/expand.ts';
import { bytesOf, milliOf } from '../manifest/quantity.ts';
import type { ContainerFields, Content, Lookup, PodManifest } from '../manifest/read.ts';
import { textOf } from '../sys/bytes.ts';
import type { RuntimeFacts } from './runtime-facts.ts';

type Variable = NonNullable<ContainerFields['env']>[number];
type Source = NonNullable<Variable['valueFrom']>;

/** The sources of a container's variables and of a pod's files. */
export interface PodContext {
  readonly manifest: PodManifest;
  readonly manifests: Readonly<Record<'configMaps' | 'secrets', Lookup<Content>>>;
  readonly facts: RuntimeFacts;
}

/** A container's variables in order: `envFrom`, then `env`. Each can refer to the ones before it. */
export function environmentOf(container: ContainerFields, context: PodContext): Record<string, string> {
  const { configMaps, secrets } = context.manifests;
  const env: Record<string, string> = {};
  for (const { prefix = '', configMapRef, secretRef } of container.envFrom ?? []) {
    const found = configMapRef ? configMaps.get(configMapRef.name) : secrets.get(secretRef?.name ?? '');
    for (const [key, value] of found ?? []) env[prefix + key] = text(value);
  }
  for (const variable of container.env ?? []) {
    const value = variable.valueFrom
      ? valueFrom(variable.valueFrom, container, context)
      : expand(variable.value ?? '', (name) => env[name]);
    if (value !== undefined) env[variable.name] = value;
  }
  return env;
}

/** Undefined: an optional key is missing. Missing required keys were refused by readManifests. */
function valueFrom(source: Source, container: ContainerFields, context: PodContext): string | undefined {
  const { fieldRef, configMapKeyRef, secretKeyRef, resourceFieldRef } = source;
  if (fieldRef) return fieldValue(fieldRef.fieldPath, context);
  if (resourceFieldRef) return resourceValue(resourceFieldRef, container);
  const reference = configMapKeyRef ?? secretKeyRef;
  const all = configMapKeyRef ? context.manifests.configMaps : context.manifests.secrets;
  const value = all.get(reference?.name ?? '')?.get(reference?.key ?? '');
  return value === undefined ? undefined : text(value);
}

/** The downward API: a field of the pod by its fieldPath. */
export function fieldValue(path: string, { manifest, facts }: PodContext): string {
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
      return keyValueLines(manifest.labels);
    case 'metadata.annotations':
      return keyValueLines(manifest.annotations);
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

/** A container's limit or request; without one, the machine's capacity. Rounded up, as in Kubernetes. */
export function resourceValue(
  { resource, divisor }: { readonly resource: string; readonly divisor?: string | number | undefined },
  { resources }: Pick<ContainerFields, 'resources'>,
): string {
  const [kind, name] = resource.split('.') as ['limits' | 'requests', string];
  const amount =
    resources?.[kind]?.[name as 'cpu' | 'memory'] ?? resources?.limits?.[name as 'cpu' | 'memory'];
  const up = (value: bigint, unit: bigint) => String((value + unit - 1n) / unit);
  const unlessZero = (unit: bigint) => (unit === 0n ? undefined : unit);
  if (name === 'cpu') {
    const milli = amount === undefined ? BigInt(availableParallelism()) * 1000n : milliOf(amount);
    return up(milli, unlessZero(milliOf(divisor ?? 0)) ?? 1000n);
  }
  const bytes = amount === undefined ? BigInt(totalmem()) : bytesOf(amount);
  return up(bytes, unlessZero(bytesOf(divisor ?? 0)) ?? 1n);
}

/** `key="value"`, one per line, sorted: the kubelet's format. */
function keyValueLines(all: Readonly<Record<string, string>>): string {
  const lines = Object.entries(all).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return lines.sort().join('\n');
}

function text(value: string | Uint8Array): string {
  return typeof value === 'string' ? value : textOf(value);
}
