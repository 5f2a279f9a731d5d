import { isIPv4 } from 'node:net';
import { acted, harmless, inert, needed, object, only, refused, required } from '../field.ts';
import {
  choice,
  dnsLabel,
  flag,
  ipAddress,
  port,
  portName,
  portOrNone,
  quantity,
  text,
  words,
} from '../formats.ts';
import { type Limit, list, map, type Read } from '../shape.ts';
import { EnvFromSource, EnvVar } from './environment.ts';
import { Lifecycle, Probe } from './handlers.ts';
import { SecurityContext } from './security.ts';

// One container of a pod: a workload of nslab. k8s.io/api/core/v1/types.go

const IPV4: Limit = {
  only: (address) => isIPv4(String(address)),
  why: 'ports are published on IPv4 addresses, and this one is not published',
  dropsObject: true,
};

export const ContainerPort = object('ContainerPort', {
  name: acted(portName, 'the name that a probe can use'),
  containerPort: required(port),
  hostPort: acted(portOrNone),
  hostIP: acted(ipAddress, 'an IPv4 address of this host', IPV4),
  protocol: acted(choice('TCP', 'UDP', 'SCTP'), 'TCP or UDP', {
    ...only(['TCP', 'UDP'], 'SCTP is not published'),
    dropsObject: true,
  }),
});

export const ResourceRequirements = object('ResourceRequirements', {
  limits: acted(map(quantity), 'cpu and memory, if the machine has the cgroup controllers'),
  requests: acted(map(quantity), 'compared with the limits, read by resourceFieldRef; nothing is reserved'),
  claims: refused('devices are not supported'),
});

export const VolumeMount = object('VolumeMount', {
  name: required(words),
  mountPath: required(words),
  readOnly: acted(flag),
  subPath: acted(text),
  subPathExpr: acted(text, '$(VAR) as in Kubernetes'),
  mountPropagation: harmless(
    choice('None', 'HostToContainer', 'Bidirectional'),
    'None is what a mount has',
    only(['None'], 'the mounts of a workload are private'),
  ),
  recursiveReadOnly: harmless(
    choice('Disabled', 'IfPossible', 'Enabled'),
    'nothing is mounted below a volume',
    only(['Disabled', 'IfPossible'], 'mounts below a volume are not made read-only'),
  ),
});

export const Container = object('Container', {
  name: required(dnsLabel),
  image: required(words, 'maps to a program of this machine'),
  command: acted(list(text), '$(VAR) and $$ as in Kubernetes'),
  args: acted(list(text), '$(VAR) and $$ as in Kubernetes'),
  workingDir: acted(text),
  env: acted(list(EnvVar)),
  envFrom: acted(list(EnvFromSource)),
  ports: acted(list(ContainerPort)),
  volumeMounts: acted(list(VolumeMount)),
  lifecycle: acted(Lifecycle),
  livenessProbe: acted(Probe),
  readinessProbe: acted(Probe),
  startupProbe: acted(Probe),
  resources: acted(ResourceRequirements),
  securityContext: acted(SecurityContext),
  restartPolicy: acted(
    choice('Always', 'Never', 'OnFailure'),
    'Always, on an init container: a sidecar',
    only(['Always'], 'restartPolicy of the pod applies'),
  ),
  restartPolicyRules: refused('restartPolicy of the pod applies (Kubernetes 1.34)'),
  stdin: acted(flag, 'true: a pipe that stays open and empty, as long as nothing is attached'),
  stdinOnce: harmless(flag, 'nothing is attached, so nothing detaches'),
  tty: acted(flag, 'its input stays open; its output is a plain stream: `nslab exec -it` has a terminal'),
  volumeDevices: refused('block devices are not supported'),
  imagePullPolicy: harmless(choice('Always', 'IfNotPresent', 'Never'), 'nothing is pulled'),
  terminationMessagePath: harmless(text, 'termination messages are not read: `nslab logs` has the output'),
  terminationMessagePolicy: harmless(
    choice('File', 'FallbackToLogsOnError'),
    'termination messages are not read',
  ),
  resizePolicy: harmless(
    list(inert('ContainerResizePolicy', { resourceName: needed(text), restartPolicy: needed(text) })),
    'nothing is resized while it runs',
  ),
});

export type ContainerFields = Read<typeof Container>;
export type PortFields = Read<typeof ContainerPort>;
export type MountFields = Read<typeof VolumeMount>;
export type ResourceFields = Read<typeof ResourceRequirements>;
