import { bringUp } from '../pod/bring-up.ts';
import { makePod, type OwnedPod } from '../pod/up.ts';
import type { Place } from '../pod/with-workloads.ts';
import type { PodSpec } from '../spec/pod-spec.ts';
import type { PodPlan } from '../spec/workload-spec.ts';

/** How a pod is made, and its name: what is dead of that is removed before. */
export interface Maker {
  readonly name: string;
  make(place: Place): Promise<OwnedPod>;
}

export function toHold(spec: PodSpec): Maker {
  return { name: spec.name, make: ({ host, root }) => makePod(host, root, spec) };
}

export function toBringUp(plan: PodPlan): Maker {
  return { name: plan.spec.name, make: ({ host, root }) => bringUp(host, root, plan) };
}
