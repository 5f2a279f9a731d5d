import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { type ManifestSet, type PodManifest, readManifests, type Source } from '../manifest/read.ts';
import type { EndpointsSpec } from '../spec/endpoints-spec.ts';
import type { NetnsName } from '../spec/pod-spec.ts';
import type { NamespaceSpec, PolicySpec } from '../spec/policy-spec.ts';
import type { ServiceSpec } from '../spec/service-spec.ts';
import type { PodPlan } from '../spec/workload-spec.ts';
import { InputError } from '../sys/errors.ts';
import { givenEndpoints } from '../translate/endpoints.ts';
import { openCatalog } from '../translate/images/user-images.ts';
import { planPod } from '../translate/pod.ts';
import { policyOf } from '../translate/policy.ts';
import { serviceOf } from '../translate/service.ts';

/** How manifests are read. */
export interface PlanOptions {
  /** The network of pods that have one of their own. */
  readonly network?: string | undefined;
  /** How `ip netns` knows pods that have a network namespace of their own. */
  readonly netnsName?: NetnsName | undefined;
  readonly allowHostPath?: boolean | undefined;
  /** Fields that nslab does not support are no errors. */
  readonly ignoreUnsupported?: boolean | undefined;
  /** `NAME=COMMAND`, `NAME=dir:PATH`: what stands for an image. */
  readonly images?: readonly string[] | undefined;
  /** The namespace of objects that name none. */
  readonly namespace?: string | undefined;
  /** The directory of claims that are kept on disk. */
  readonly claims?: string | undefined;
  /** CronJobs are run when they are due. */
  readonly bySchedule?: boolean | undefined;
}

/** What manifests declare, without a fault. `plan` makes new pods of them each time. */
export interface Declared {
  readonly pods: readonly PodManifest[];
  readonly services: readonly ServiceSpec[];
  readonly endpoints: readonly EndpointsSpec[];
  readonly policies: readonly PolicySpec[];
  readonly namespaces: readonly NamespaceSpec[];
  plan(pods: readonly PodManifest[]): readonly PodPlan[];
}

/**
 * Reads manifests, and finds every error of them before anything is changed. `tell` gets what is said about manifests that can
 * be read.
 */
export function readDeclared(
  sources: readonly Source[],
  {
    allowHostPath = false,
    ignoreUnsupported = false,
    images = [],
    bySchedule = false,
    ...options
  }: PlanOptions,
  tell: (reading: ManifestSet) => void,
): Declared {
  const { network, netnsName, namespace } = options;
  const claims = claimsDirectory(options.claims);
  const keepsClaims = claims !== undefined;
  const reading = readManifests(sources, { ignoreUnsupported, namespace, keepsClaims, bySchedule });
  tell(reading);
  const planOptions = { network, netnsName, allowHostPath, claims, catalog: openCatalog(images) };
  const plan = (pods: readonly PodManifest[]) =>
    pods.map((pod) => planPod(pod, reading, planOptions, randomUUID()));
  const plans = plan(reading.pods);
  const services = reading.services.map(serviceOf);
  const policies = reading.policies.map(policyOf);
  const endpoints = reading.endpoints.map(givenEndpoints);
  if (plans.length + services.length + policies.length + endpoints.length === 0)
    throw new InputError('these manifests have no pod');
  for (const [index, { spec }] of plans.entries())
    if (plans.findIndex((other) => other.spec.name === spec.name) !== index)
      throw new InputError(`two pods are called "${spec.name}"`);
  return { pods: reading.pods, services, endpoints, policies, namespaces: reading.namespaces, plan };
}

/** The absolute path. mount(8) could not name one with a colon. */
export function claimsDirectory(path: string | undefined): string | undefined {
  if (path?.includes(':'))
    throw new InputError(`--volumes ${path}: a path with ":" cannot be mounted by nslab`);
  return path === undefined ? undefined : resolve(path);
}

/** What a person who gave manifests should know. */
export function noticesOf({ warnings, notes, unsupported }: ManifestSet): string[] {
  const left = unsupported.map(
    ({ where, what, why }) => `${where}: ${what} is not supported and is ignored: ${why}`,
  );
  return [...warnings.map((warning) => `warning: ${warning}`), ...notes, ...left];
}
