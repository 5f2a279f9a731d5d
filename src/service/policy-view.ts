import { qualifiedName } from '../spec/names.ts';
import type { PolicySpec } from '../spec/policy-spec.ts';
import { isolatedBy, type PolicyPod, policyPods } from './policy-pods.ts';
import { type PolicyRecord, readPolicies } from './policy-record.ts';
import { podChain, policyChain } from './policy-rules.ts';
import type { Hits } from './view.ts';

/** A NetworkPolicy as people ask for it. */
export interface PolicyView extends PolicyRecord {
  /** The pods that it isolates. */
  readonly pods: readonly string[];
  /** How many connections it has allowed; null where that is not known. */
  readonly allowed: number | null;
  /** How many packets of its pods were dropped, which no policy of theirs allows. */
  readonly dropped: number | null;
}

const DIRECTIONS = ['ingress', 'egress'] as const;

/** All NetworkPolicies with the pods that they isolate, read from the records. */
export function viewPolicies(root: string, hits: Hits): PolicyView[] {
  const policies = readPolicies(root);
  const pods = policies.length > 0 ? policyPods(root) : [];
  return policies.map((policy) => {
    const isolated = isolatedBy(policy, pods);
    const directions = DIRECTIONS.filter((direction) => policy[direction]);
    return {
      ...policy,
      pods: isolated.map(nameOf),
      allowed: sum(
        hits,
        directions.map((direction) => policyChain(direction, policy)),
      ),
      dropped: sum(
        hits,
        directions.flatMap((direction) => isolated.map((pod) => podChain(direction, pod))),
      ),
    };
  });
}

/** The names of the policies that isolate each pod, by the pod's name. */
export function policiesOfPods(root: string): ReadonlyMap<string, readonly PolicySpec[]> {
  const policies = readPolicies(root);
  const pods = policies.length > 0 ? policyPods(root) : [];
  return new Map(
    pods.map((pod) => [nameOf(pod), policies.filter((policy) => isolatedBy(policy, [pod]).length > 0)]),
  );
}

function nameOf({ namespace, name }: PolicyPod): string {
  return qualifiedName(namespace, name);
}

function sum(hits: Hits, counters: readonly string[]): number | null {
  return hits ? counters.reduce((all, counter) => all + (hits.get(counter) ?? 0), 0) : null;
}
