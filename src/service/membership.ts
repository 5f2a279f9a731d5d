import { policyTitle } from '../spec/policy-spec.ts';
import { serviceTitle } from '../spec/service-spec.ts';
import { OperationError } from '../sys/errors.ts';
import { policiesOfPods } from './policy-view.ts';
import { viewServices } from './view.ts';

/** What a pod is part of. */
export interface Membership {
  /** The Services that it is behind, ready or not. */
  readonly services: readonly string[];
  /** The NetworkPolicies that isolate it. */
  readonly policies: readonly string[];
}

/** Tells the Services and the NetworkPolicies of a pod by its name. A record that cannot be used keeps no pod from being shown. */
export function openMembership(root: string): (pod: string) => Membership {
  const services = unlessDamaged(() => viewServices(root, undefined)) ?? [];
  const policies = unlessDamaged(() => policiesOfPods(root)) ?? new Map();
  return (pod) => ({
    services: services.filter(({ behind }) => behind.some((each) => each.pod === pod)).map(serviceTitle),
    policies: (policies.get(pod) ?? []).map(policyTitle),
  });
}

function unlessDamaged<T>(body: () => T): T | undefined {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof OperationError)) throw error;
    return undefined;
  }
}
