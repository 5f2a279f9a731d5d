// Kinds that declare no pod: they are read and passed over. Each sentence says what that means here.

const NO_ACCESS = 'there is no API server whose access it could rule';
const NO_STORAGE =
  'no storage is made: a claim is memory of its pod, and goes with it, or a directory of --volumes';
const NO_ROUTER = 'nothing routes HTTP by it: a hostPort publishes a port';
const NO_API = 'there is no API server that it could change';
const ONE_MACHINE = 'there is one machine, this one';
const NO_SCALER = 'nothing scales: the replicas that the manifest asks for are made';

/** API group → kind → why it is passed over. Versions are not checked: there is nothing to be done by them. */
const KINDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '': {
    ServiceAccount: 'there is no API server that accepts its token',
    PersistentVolume: NO_STORAGE,
    PersistentVolumeClaim: NO_STORAGE,
    LimitRange: 'no defaults are added: a container has the limits of its own manifest',
    ResourceQuota: 'namespaces have no quota',
    Node: ONE_MACHINE,
    Event: 'events are not kept',
    PodTemplate: 'nothing makes pods from it',
  },
  apps: { ControllerRevision: 'there is no rollout that it could be a revision of' },
  autoscaling: { HorizontalPodAutoscaler: NO_SCALER },
  policy: { PodDisruptionBudget: 'pods are not evicted', PodSecurityPolicy: NO_ACCESS },
  extensions: { PodSecurityPolicy: NO_ACCESS, Ingress: NO_ROUTER },
  'networking.k8s.io': { Ingress: NO_ROUTER, IngressClass: NO_ROUTER },
  'rbac.authorization.k8s.io': {
    Role: NO_ACCESS,
    RoleBinding: NO_ACCESS,
    ClusterRole: NO_ACCESS,
    ClusterRoleBinding: NO_ACCESS,
  },
  'storage.k8s.io': {
    StorageClass: NO_STORAGE,
    VolumeAttributesClass: NO_STORAGE,
    CSIDriver: NO_STORAGE,
    CSINode: NO_STORAGE,
    CSIStorageCapacity: NO_STORAGE,
    VolumeAttachment: NO_STORAGE,
  },
  'scheduling.k8s.io': { PriorityClass: 'pods do not preempt each other' },
  'node.k8s.io': { RuntimeClass: 'there is no other runtime: workloads run on this kernel' },
  'apiextensions.k8s.io': { CustomResourceDefinition: NO_API },
  'apiregistration.k8s.io': { APIService: NO_API },
  'admissionregistration.k8s.io': {
    MutatingWebhookConfiguration: NO_API,
    ValidatingWebhookConfiguration: NO_API,
    MutatingAdmissionPolicy: NO_API,
    MutatingAdmissionPolicyBinding: NO_API,
    ValidatingAdmissionPolicy: NO_API,
    ValidatingAdmissionPolicyBinding: NO_API,
  },
  'certificates.k8s.io': { CertificateSigningRequest: 'there is no cluster that signs certificates' },
  'coordination.k8s.io': { Lease: 'there is no API server that keeps it' },
  'flowcontrol.apiserver.k8s.io': { FlowSchema: NO_API, PriorityLevelConfiguration: NO_API },
};

/** The API groups of Kubernetes itself; every other one is an extension's. */
const OWN_GROUPS = [...Object.keys(KINDS), 'batch', 'discovery.k8s.io', 'events.k8s.io', 'resource.k8s.io'];

/** Files of programs around Kubernetes, by API group. They look like manifests and are none. */
const CONFIGURATIONS: Readonly<Record<string, string>> = {
  'kustomize.config.k8s.io':
    'for kustomize: `kubectl kustomize DIRECTORY | nslab up -f -` reads what it makes',
  'kubeadm.k8s.io': 'for kubeadm',
  'kubelet.config.k8s.io': 'for the kubelet',
  'kubeproxy.config.k8s.io': 'for kube-proxy',
  'kubescheduler.config.k8s.io': 'for the scheduler',
  'apiserver.config.k8s.io': 'for the API server',
  'apiserver.k8s.io': 'for the API server',
  'audit.k8s.io': 'for the API server',
  'pod-security.admission.config.k8s.io': 'for the API server',
  'kind.x-k8s.io': 'for kind',
};

/** Why a kind is passed over. Undefined: it is none of these. */
export function podlessReason(apiVersion: string, kind: string): string | undefined {
  const group = groupOf(apiVersion);
  return Object.hasOwn(KINDS, group) && Object.hasOwn(KINDS[group] ?? {}, kind)
    ? KINDS[group]?.[kind]
    : undefined;
}

/** Why a kind of another API group is refused. Undefined: the group is Kubernetes' own. */
export function foreignReason(apiVersion: string): string | undefined {
  const group = groupOf(apiVersion);
  if (OWN_GROUPS.includes(group)) return undefined;
  return Object.hasOwn(CONFIGURATIONS, group)
    ? `it is a configuration file ${CONFIGURATIONS[group]}`
    : `${group} is an extension of Kubernetes, and the controller that acts on it is not here`;
}

/** The kinds that are passed over, for a suggestion at a misspelled one. */
export const PODLESS_KINDS: readonly string[] = Object.values(KINDS).flatMap((kinds) => Object.keys(kinds));

/** The versions of the groups that have this kind: `rbac.authorization.k8s.io`. */
export function groupsOf(kind: string): string[] {
  return Object.keys(KINDS).filter((group) => Object.hasOwn(KINDS[group] ?? {}, kind));
}

function groupOf(apiVersion: string): string {
  const [group = '', version] = apiVersion.split('/');
  return version === undefined ? '' : group;
}
