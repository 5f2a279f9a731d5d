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

// A pod, and the template of one. k8s.io/api/core/v1/types.go

const ONE_MACHINE = 'there is one machine for it to run on';
const UNHURRIED = 'no pod gives way to another';

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
  hostnameOverride: refused('hostname is what names a pod (Kubernetes 1.34)'),
  ephemeralContainers: refused('a pod is not born with them: `nslab exec` enters one'),
  runtimeClassName: refused('no other runtime: workloads run on this kernel'),
  schedulingGates: refused('nobody would lift a gate: it would wait for ever'),
  schedulingGroup: refused('pods are not scheduled together (Kubernetes 1.36)'),
  workloadRef: refused('pods are not scheduled together (Kubernetes 1.35)'),
  evictionResponders: refused('nobody evicts a pod (Kubernetes 1.36)'),
  resourceClaims: refused('no devices are handed out'),
  resources: refused('limits are those of each container'),
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
  priority: harmless(int32, UNHURRIED),
  priorityClassName: harmless(text, UNHURRIED),
  preemptionPolicy: harmless(choice('Never', 'PreemptLowerPriority'), UNHURRIED),
  readinessGates: harmless(
    list(inert('PodReadinessGate', { conditionType: needed(text) })),
    'conditions that a cluster sets: a pod is ready when its containers are',
  ),
  imagePullSecrets: harmless(list(inert('LocalObjectReference', { name: text })), 'nothing is pulled'),
  automountServiceAccountToken: harmless(flag, 'there is no API server to show a token to'),
  enableServiceLinks: harmless(flag, 'there are no Services'),
});

/** What a cluster reports of an object. */
export const status = harmless(map(anything), 'what a cluster reports: nothing is wished by it');
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
