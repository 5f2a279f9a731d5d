import { acted, harmless, inert, object, only, required } from '../field.ts';
import { choice, port, portOrName, text } from '../formats.ts';
import { list, type Read } from '../shape.ts';
import { LabelSelector, ObjectMeta } from './meta.ts';
import { apiVersion, kind, status } from './pod.ts';

const NetworkPolicyPort = object('NetworkPolicyPort', {
  protocol: acted(choice('TCP', 'UDP', 'SCTP'), 'the default is TCP', only(['TCP', 'UDP'], 'tcp or udp')),
  port: acted(portOrName, 'a name is that of a port of the pod that is spoken to'),
  endPort: acted(port),
});

const IPBlock = object('IPBlock', { cidr: required(text), except: acted(list(text)) });

const NetworkPolicyPeer = object('NetworkPolicyPeer', {
  podSelector: acted(LabelSelector),
  namespaceSelector: acted(LabelSelector, 'every namespace has the label kubernetes.io/metadata.name'),
  ipBlock: acted(IPBlock, 'addresses as the forward hook sees them: after DNAT, before SNAT'),
});

const NetworkPolicySpec = object('NetworkPolicySpec', {
  podSelector: required(LabelSelector, 'empty: all pods of the namespace'),
  policyTypes: acted(list(choice('Ingress', 'Egress'))),
  ingress: acted(
    list(
      object('NetworkPolicyIngressRule', {
        from: acted(list(NetworkPolicyPeer)),
        ports: acted(list(NetworkPolicyPort)),
      }),
    ),
  ),
  egress: acted(
    list(
      object('NetworkPolicyEgressRule', {
        to: acted(list(NetworkPolicyPeer)),
        ports: acted(list(NetworkPolicyPort)),
      }),
    ),
  ),
});

/** k8s.io/api/networking/v1/types.go */
export const NetworkPolicy = object('NetworkPolicy', {
  apiVersion,
  kind,
  metadata: acted(ObjectMeta),
  spec: required(NetworkPolicySpec),
});

/** Only its labels mean something: a NetworkPolicy may select by them. k8s.io/api/core/v1/types.go */
export const Namespace = object('Namespace', {
  apiVersion,
  kind,
  metadata: acted(ObjectMeta),
  spec: harmless(
    inert('NamespaceSpec', { finalizers: list(text) }),
    'a namespace is there when something is in it',
  ),
  status,
});

export type NetworkPolicyFields = Read<typeof NetworkPolicy>;
