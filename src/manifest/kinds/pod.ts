import { acted, harmless, inert, needed, object, only, refused, required } from '../field.ts';
import {
  anything,
  choice,
  dnsLabel,
  flag,
  int32,
  ipAddress,
  positive,
  quantity,
  seconds,
  subdomain,
  text,
  words,
} from '../formats.ts';
import { list, map, type Read } from '../shape.ts';
import { Container } from './container.ts';
import { ObjectMeta } from './meta.ts';
import { Affinity, Toleration, TopologySpreadConstraint } from './scheduling.ts';
import { PodSecurityContext } from './security.ts';
import { Volume } from './volume.ts';

// Pod and PodTemplateSpec. k8s.io/api/core/v1/types.go

const ONE_MACHINE = 'there is only one machine to run on';
const NO_PREEMPTION = 'pods do not preempt each other';

const HostAlias = object('HostAlias', { ip: required(ipAddress), hostnames: acted(list(text)) });

const PodDNSConfig = object('PodDNSConfig', {
  nameservers: acted(list(text)),
  searches: acted(list(text)),
  options: acted(list(object('PodDNSConfigOption', { name: required(words), value: acted(text) }))),
});

export const PodSpec = object('PodSpec', {
  containers: required(list(Container)),
  initContainers: acted(list(Container), 'one after the other; with restartPolicy Always: sidecars'),
  volumes: acted(list(Volume)),
  restartPolicy: acted(choice('Always', 'OnFailure', 'Never')),
  terminationGracePeriodSeconds: acted(seconds),
  activeDeadlineSeconds: acted(positive),
  hostname: acted(dnsLabel),
  subdomain: acted(dnsLabel),
  setHostnameAsFQDN: acted(flag),
  hostAliases: acted(list(HostAlias)),
  hostNetwork: acted(flag),
  hostPID: acted(flag),
  hostIPC: acted(flag),
  shareProcessNamespace: acted(flag),
  securityContext: acted(PodSecurityContext),
  dnsPolicy: acted(choice('ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None')),
  dnsConfig: acted(PodDNSConfig),
  serviceAccountName: acted(subdomain, 'read by fieldRef'),
  serviceAccount: acted(text, 'the old name of serviceAccountName'),
  nodeName: acted(subdomain, 'read by fieldRef; every pod runs on this machine'),
  hostUsers: harmless(
    flag,
    "true: the host's user namespace is used",
    only([true], "no user namespaces: the host's is used"),
  ),
  hostnameOverride: refused('use hostname (Kubernetes 1.34)'),
  ephemeralContainers: refused('not part of a new pod: `nslab exec` runs a program in a running one'),
  runtimeClassName: refused('there is no other runtime: workloads run on this kernel'),
  schedulingGates: refused('there is no controller that removes a gate'),
  schedulingGroup: refused('pods are not scheduled together (Kubernetes 1.36)'),
  workloadRef: refused('pods are not scheduled together (Kubernetes 1.35)'),
  evictionResponders: refused('pods are not evicted (Kubernetes 1.36)'),
  resourceClaims: refused('devices are not supported'),
  resources: refused('limits are set for each container'),
  os: harmless(inert('PodOS', { name: needed(choice('linux', 'windows')) }), 'this is Linux', {
    only: (os) => (os as { name?: unknown }).name === 'linux',
    why: 'this is Linux',
  }),
  affinity: harmless(Affinity, ONE_MACHINE),
  nodeSelector: harmless(map(text), ONE_MACHINE),
  tolerations: harmless(list(Toleration), ONE_MACHINE),
  topologySpreadConstraints: harmless(list(TopologySpreadConstraint), ONE_MACHINE),
  schedulerName: harmless(text, ONE_MACHINE),
  overhead: harmless(map(quantity), 'nothing is reserved'),
  priority: harmless(int32, NO_PREEMPTION),
  priorityClassName: harmless(text, NO_PREEMPTION),
  preemptionPolicy: harmless(choice('Never', 'PreemptLowerPriority'), NO_PREEMPTION),
  readinessGates: harmless(
    list(inert('PodReadinessGate', { conditionType: needed(text) })),
    'conditions set by a cluster: here a pod is ready when its containers are',
  ),
  imagePullSecrets: harmless(list(inert('LocalObjectReference', { name: text })), 'images are not pulled'),
  automountServiceAccountToken: harmless(flag, 'there is no API server that accepts a token'),
  enableServiceLinks: harmless(flag, 'there are no Services: no variable names one'),
});

export const status = harmless(map(anything), 'reported by a cluster, not part of the specification');
export const apiVersion = required(words);
export const kind = required(words);

export const Pod = object('Pod', {
  apiVersion,
  kind,
  metadata: acted(ObjectMeta),
  spec: required(PodSpec),
  status,
});

export const PodTemplateSpec = object('PodTemplateSpec', {
  metadata: acted(ObjectMeta),
  spec: required(PodSpec),
});

export type PodFields = Read<typeof PodSpec>;
export type DnsFields = Read<typeof PodDNSConfig>;
