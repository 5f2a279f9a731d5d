import type { Declared } from '../api/declared.ts';
import type { Host } from '../pod/host.ts';
import { applyPolicies, keepPolicies, type Policies, removePolicies } from '../service/policy-apply.ts';
import { viewPolicies } from '../service/policy-view.ts';
import { policyTitle } from '../spec/policy-spec.ts';
import { serviceTitle } from '../spec/service-spec.ts';
import { printNotice } from './globals.ts';

/**
 * Records the NetworkPolicies of manifests, and runs `body`, which makes their pods: each is isolated before its first program runs.
 * What fails takes the new ones back. `stays`: they outlive this command; otherwise `end` takes them back.
 */
export async function withPoliciesFor<T>(
  host: Host,
  root: string,
  wanted: Policies & { readonly stays: boolean },
  body: () => Promise<T>,
): Promise<{ readonly result: T; readonly end: () => Promise<void> }> {
  const made = await applyPolicies(host, root, wanted);
  const end = () => removePolicies(host, root, made);
  try {
    const result = await body();
    if (wanted.stays) await keepPolicies(host, root, made);
    announce(root, wanted);
    return { result, end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** What a plan of pods has of the rest of their manifests: nothing, and it says so. */
export function leftOut({ services, endpoints, policies }: Omit<Declared, 'plan' | 'pods'>) {
  const titles = [
    ...services.map(serviceTitle),
    ...endpoints.map(({ name }) => `Endpoints ${name}`),
    ...policies.map((policy) => `NetworkPolicy ${policyTitle(policy)}`),
  ];
  if (titles.length > 0) printNotice(`the plan is of the pods: it leaves out ${titles.join(', ')}`);
  return { services: [], endpoints: [], policies: [], namespaces: [] };
}

/** `NetworkPolicy deny-all isolates 3 pods` */
function announce(root: string, { policies }: Policies): void {
  if (policies.length === 0) return;
  const views = viewPolicies(root, undefined);
  for (const policy of policies) {
    const pods = views.find((view) => policyTitle(view) === policyTitle(policy))?.pods.length ?? 0;
    printNotice(`NetworkPolicy ${policyTitle(policy)} isolates ${pods === 1 ? '1 pod' : `${pods} pods`}`);
  }
}
