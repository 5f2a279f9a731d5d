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

// One container of a pod: a workload here. k8s.io/api/core/v1/types.go

const NOBODY_ATTACHED = only([false], 'nobody is attached to a workload: `nslab exec -it` is for that');

const ALL_ADDRESSES: Limit = {
  only: (address) => address === '0.0.0.0',
  why: 'a port of the host is published on all of its addresses',
  whole: true,
};

export const ContainerPort = object('ContainerPort', {
  name: acted(portName, 'what a probe may call it'),
  containerPort: required(port),
  hostPort: acted(portOrNone),
  hostIP: acted(ipAddress, '0.0.0.0', ALL_ADDRESSES),
  protocol: acted(choice('TCP', 'UDP', 'SCTP'), 'TCP or UDP', {
    ...only(['TCP', 'UDP'], 'SCTP is not published'),
    whole: true,
  }),
});

export const ResourceRequirements = object('ResourceRequirements', {
  limits: acted(map(quantity), 'cpu and memory, where the cgroups of the machine can'),
  requests: acted(map(quantity), 'nothing is reserved: compared with the limits, read by resourceFieldRef'),
  claims: refused('no devices are handed out'),
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
  image: required(words, 'a program of this machine stands for it'),
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
    only(['Always'], 'a container restarts as its pod says'),
  ),
  restartPolicyRules: refused('a container restarts as its pod says (Kubernetes 1.34)'),
  stdin: harmless(flag, 'false is what a workload has', NOBODY_ATTACHED),
  stdinOnce: harmless(flag, 'false is what a workload has', NOBODY_ATTACHED),
  tty: harmless(flag, 'false is what a workload has', NOBODY_ATTACHED),
  volumeDevices: refused('block devices are not handed to a workload'),
  imagePullPolicy: harmless(choice('Always', 'IfNotPresent', 'Never'), 'nothing is pulled'),
  terminationMessagePath: harmless(text, 'nobody reads a termination message: `nslab logs` has the output'),
  terminationMessagePolicy: harmless(
    choice('File', 'FallbackToLogsOnError'),
    'nobody reads a termination message',
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
