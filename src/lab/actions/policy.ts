import { applyPolicies, removePolicies } from '../../service/policy-apply.ts';
import { readPolicyTable } from '../../service/policy-record.ts';
import type { PolicyPeer, PolicySpec } from '../../spec/policy-spec.ts';
import { OperationError } from '../../sys/errors.ts';
import type { LabSession } from '../lab-session.ts';

/** Isolates the pods with a label: none but the peers reaches them, on TCP port 80. */
export async function isolate(
  session: LabSession,
  role: string,
  app: string,
  peers: readonly PolicyPeer[],
): Promise<void> {
  const host = await session.host();
  const policy: PolicySpec = {
    name: session.nameOf(role),
    namespace: 'default',
    podSelector: { matchLabels: { app: session.nameOf(app) } },
    ingress: peers.length === 0 ? [] : [{ peers, ports: [{ protocol: 'tcp', port: 80 }] }],
  };
  const made = await applyPolicies(host, session.root, { policies: [policy], namespaces: [] });
  session.addUndo(() => removePolicies(host, session.root, made));
}

/** The pods with a label. */
export function labelled(session: LabSession, app: string): PolicyPeer {
  return { podSelector: { matchLabels: { app: session.nameOf(app) } } };
}

/** The set of the addresses that a policy allows. */
export function peersOf(session: LabSession, role: string): string {
  return `${policyTable(session)} peers-ingress-default/${session.nameOf(role)}/0`;
}

/** The nft table of all NetworkPolicies. */
export function policyTable(session: LabSession): string {
  const table = readPolicyTable(session.root)?.table;
  if (table === undefined) throw new OperationError('this lab has no NetworkPolicy yet');
  return table;
}
