import type { PodPlan } from '../spec/workload-spec.ts';
import { clusterResolver, serviceVariables } from './names.ts';
import { asksCluster } from './point-pods.ts';
import type { ServiceRecord } from './record.ts';

interface Summary {
  readonly metadata?: { readonly namespace?: string };
  readonly spec?: { readonly enableServiceLinks?: boolean };
}

/** What a pod is to know of the Services that are there when it is made: whom to ask for names, and variables of their addresses. */
export function knowingServices(
  plan: PodPlan,
  services: readonly ServiceRecord[],
  server: string | undefined,
): PodPlan {
  const { spec } = plan;
  const { metadata, spec: fields } = (spec.manifest ?? {}) as Summary;
  const namespace = metadata?.namespace ?? 'default';
  const variables = fields?.enableServiceLinks === false ? {} : serviceVariables(services, namespace);
  const asks = server !== undefined && asksCluster(spec.manifest);
  return {
    spec: asks ? { ...spec, resolver: clusterResolver(namespace, server) } : spec,
    workloads: (address, gateway) =>
      plan
        .workloads(address, gateway)
        .map((workload) => ({ ...workload, env: { ...variables, ...workload.env } })),
  };
}
