import type { ServiceManifest } from '../manifest/services.ts';
import type { ServicePort, ServiceSpec } from '../spec/service-spec.ts';

/** Three hours: k8s.io/api/core/v1/types.go, DefaultClientIPServiceAffinitySeconds */
const DEFAULT_AFFINITY = 10_800;

/** Translates a Kubernetes Service, with the API server's defaults. */
export function serviceOf({ name, namespace, spec }: ServiceManifest): ServiceSpec {
  const { clusterIP, selector, externalName, type = 'ClusterIP' } = spec;
  const affinity =
    spec.sessionAffinity === 'ClientIP'
      ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? DEFAULT_AFFINITY)
      : undefined;
  return {
    name,
    namespace,
    type: type === 'LoadBalancer' ? 'ClusterIP' : type,
    ports: (spec.ports ?? []).map(portOf),
    ...(clusterIP && { clusterIP }),
    ...(selector && { selector }),
    ...(affinity !== undefined && { affinity }),
    ...(spec.publishNotReadyAddresses && { publishNotReady: true }),
    ...(spec.externalTrafficPolicy === 'Local' && { keepsSource: true }),
    ...(externalName && { externalName }),
  };
}

type PortFields = NonNullable<ServiceManifest['spec']['ports']>[number];

function portOf({ name, protocol, port, targetPort = port, nodePort }: PortFields): ServicePort {
  return {
    ...(name !== undefined && { name }),
    protocol: protocol === 'UDP' ? 'udp' : 'tcp',
    port,
    targetPort,
    ...(nodePort && { nodePort }),
  };
}
