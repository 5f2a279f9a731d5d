import type { Host } from '../pod/host.ts';
import type { NamespaceSpec, PolicySpec } from '../spec/policy-spec.ts';
import { ourselves } from '../sys/procfs.ts';
import { unique } from '../sys/unique.ts';
import {
  hasPolicies,
  type NamespaceRecord,
  type PolicyRecord,
  policyFile,
  readNamespaces,
  readPolicies,
} from './policy-record.ts';
import { refuseUnheld, syncPoliciesLocked, withPolicies } from './policy-sync.ts';

/** NetworkPolicies, and the labels of namespaces by which they select. */
export interface Policies {
  readonly policies: readonly PolicySpec[];
  readonly namespaces: readonly NamespaceSpec[];
}

/** What `applyPolicies` has made, and was not there before: a failure of what follows takes it back. */
export type MadePolicies = readonly (PolicyRecord | NamespaceRecord)[];

/** Records them as they are wanted, and has them hold for the pods that are there. */
export async function applyPolicies(host: Host, root: string, wanted: Policies): Promise<MadePolicies> {
  if (wanted.policies.length + wanted.namespaces.length === 0) return [];
  return withPolicies(host, root, async () => {
    const [policies, namespaces] = [readPolicies(root), readNamespaces(root)];
    const made: (PolicyRecord | NamespaceRecord)[] = [];
    const write = <T extends PolicyRecord | NamespaceRecord>(record: T, known: T | undefined) => {
      const { maker } = known ?? { maker: ourselves() };
      const kept = maker ? { ...record, maker } : record;
      if (!known) made.push(kept);
      host.files.replace(policyFile(root, kept), JSON.stringify(kept));
    };
    try {
      for (const spec of wanted.namespaces) {
        const known = namespaces.find(({ name }) => name === spec.name);
        write({ kind: 'Namespace', uid: known?.uid ?? unique(), ...spec }, known);
      }
      for (const spec of wanted.policies) {
        const known = policies.find((each) => each.name === spec.name && each.namespace === spec.namespace);
        write(recordOf(spec, known), known);
      }
      refuseUnheld(host, root);
      await syncPoliciesLocked(host, root);
    } catch (error) {
      await forget(host, root, made);
      throw error;
    }
    return made;
  });
}

function recordOf(spec: PolicySpec, known: PolicyRecord | undefined): PolicyRecord {
  return {
    apiVersion: 'nslab/v1',
    kind: 'NetworkPolicy',
    uid: known?.uid ?? unique(),
    createdAt: known?.createdAt ?? new Date().toISOString(),
    ...spec,
  };
}

/** Lets new ones go: from now on they outlive this process. */
export async function keepPolicies(host: Host, root: string, made: MadePolicies): Promise<void> {
  if (made.length === 0) return;
  await withPolicies(host, root, async () => {
    for (const { maker: _, ...record } of made)
      host.files.replace(policyFile(root, record), JSON.stringify(record));
  });
}

/**
 * They hold until they are removed, and end with this process: their pods are isolated as long as their programs run, and if this
 * process is killed meanwhile they go, too.
 */
export async function disownPolicies(host: Host, root: string, named: readonly Named[]): Promise<void> {
  if (named.length === 0 || !hasPolicies(root)) return;
  await withPolicies(host, root, async () => {
    const files = named.map((each) => policyFile(root, each));
    for (const record of [...readPolicies(root), ...readNamespaces(root)]) {
      const path = policyFile(root, record);
      if (files.includes(path)) host.files.replace(path, JSON.stringify({ ...record, maker: ourselves() }));
    }
  });
}

type Named = Pick<PolicySpec, 'name' | 'namespace'> | Pick<NamespaceSpec, 'name'>;

/** Forgets them, and brings the rules to what is left. Those that are not there are fine. */
export async function removePolicies(host: Host, root: string, named: readonly Named[]): Promise<void> {
  if (named.length > 0 && hasPolicies(root)) await withPolicies(host, root, () => forget(host, root, named));
}

async function forget(host: Host, root: string, named: readonly Named[]): Promise<void> {
  for (const each of named) host.files.remove(policyFile(root, each));
  await syncPoliciesLocked(host, root);
}
