import { applyPolicies, removePolicies } from '../../service/policy-apply.ts';
import { readPolicyTable } from '../../service/policy-record.ts';
import type { PolicySpec } from '../../spec/policy-spec.ts';
import { OperationError } from '../../sys/errors.ts';
import type { LabSession } from '../lab-session.ts';

/** Isolates the pods with a label: nobody reaches them but pods with the label `allows`, on TCP port 80. */
export async function isolate(
  session: LabSession,
  role: string,
  app: string,
  allows?: string,
): Promise<void> {
  const host = await session.host();
  const policy: PolicySpec = {
    name: session.nameOf(role),
    namespace: 'default',
    podSelector: { matchLabels: { app: session.nameOf(app) } },
    ingress: allows === undefined ? [] : [allowing(session.nameOf(allows))],
  };
  const made = await applyPolicies(host, session.root, { policies: [policy], namespaces: [] });
  session.addUndo(() => removePolicies(host, session.root, made));
}

function allowing(app: string): NonNullable<PolicySpec['ingress']>[number] {
  return {
    peers: [{ podSelector: { matchLabels: { app } } }],
    ports: [{ protocol: 'tcp', port: 80 }],
  };
}

/** The nft table of all NetworkPolicies. */
export function policyTable(session: LabSession): string {
  const table = readPolicyTable(session.root)?.table;
  if (table === undefined) throw new OperationError('this lab has no NetworkPolicy yet');
  return table;
}
