import type { PolicyManifest } from '../manifest/policies.ts';
import type { PolicyPeer, PolicyPort, PolicyRule, PolicySpec } from '../spec/policy-spec.ts';

/** Translates a Kubernetes NetworkPolicy, with the API server's defaults. */
export function policyOf({ name, namespace, spec }: PolicyManifest): PolicySpec {
  const { podSelector, ingress = [], egress = [] } = spec;
  // pkg/apis/networking/v1/defaults.go: SetDefaults_NetworkPolicy
  const types = spec.policyTypes?.length
    ? spec.policyTypes
    : ['Ingress', ...(egress.length > 0 ? ['Egress'] : [])];
  return {
    name,
    namespace,
    podSelector,
    ...(types.includes('Ingress') && { ingress: ingress.map(({ from, ports }) => ruleOf(from, ports)) }),
    ...(types.includes('Egress') && { egress: egress.map(({ to, ports }) => ruleOf(to, ports)) }),
  };
}

type Ingress = NonNullable<PolicyManifest['spec']['ingress']>[number];

/** An empty list is none: everybody, every port. */
function ruleOf(peers: Ingress['from'] = [], ports: Ingress['ports'] = []): PolicyRule {
  return {
    ...(peers.length > 0 && { peers: peers.map(peerOf) }),
    ...(ports.length > 0 && { ports: ports.map(portOf) }),
  };
}

function peerOf({
  podSelector,
  namespaceSelector,
  ipBlock,
}: NonNullable<Ingress['from']>[number]): PolicyPeer {
  return {
    ...(podSelector && { podSelector }),
    ...(namespaceSelector && { namespaceSelector }),
    ...(ipBlock && { ipBlock: { cidr: ipBlock.cidr, except: ipBlock.except ?? [] } }),
  };
}

function portOf({ protocol, port, endPort }: NonNullable<Ingress['ports']>[number]): PolicyPort {
  return {
    protocol: protocol === 'UDP' ? 'udp' : 'tcp',
    ...(port !== undefined && { port }),
    ...(endPort !== undefined && { endPort }),
  };
}
