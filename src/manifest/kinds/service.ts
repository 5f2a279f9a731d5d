import { acted, harmless, object, only, refused, required } from '../field.ts';
import { choice, flag, int32, port, portName, portOrName, portOrNone, range, text } from '../formats.ts';
import { list, map, type Read } from '../shape.ts';
import { ObjectMeta } from './meta.ts';
import { apiVersion, kind, status } from './pod.ts';

const NO_BALANCER =
  'nobody outside would answer for its address: a NodePort is reached by every address of this host';

const ServicePort = object('ServicePort', {
  name: acted(portName),
  protocol: acted(choice('TCP', 'UDP', 'SCTP'), '', only(['TCP', 'UDP'], 'published ports are tcp or udp')),
  port: required(port),
  targetPort: acted(portOrName, 'the default is port; a name is that of a port of the pod'),
  nodePort: acted(portOrNone, 'the default is a free one from 30000 to 32767'),
  appProtocol: harmless(text, 'packets are forwarded, whatever is in them'),
});

const ClientIPConfig = object('ClientIPConfig', {
  timeoutSeconds: acted(range(1, 86400), 'the default is 10800, three hours'),
});

const SessionAffinityConfig = object('SessionAffinityConfig', { clientIP: acted(ClientIPConfig) });

const ServiceSpec = object('ServiceSpec', {
  type: acted(
    choice('ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'),
    '',
    only(['ClusterIP', 'NodePort', 'ExternalName'], NO_BALANCER),
  ),
  clusterIP: acted(text, 'None: headless; the default is a free one of the service CIDR'),
  clusterIPs: harmless(list(text), 'the first is clusterIP'),
  ports: acted(list(ServicePort)),
  selector: acted(map(text), 'none: it has no endpoints'),
  sessionAffinity: acted(choice('ClientIP', 'None')),
  sessionAffinityConfig: acted(SessionAffinityConfig),
  publishNotReadyAddresses: acted(flag),
  externalName: acted(text, 'a CNAME'),
  externalTrafficPolicy: acted(
    choice('Cluster', 'Local'),
    'Local: who comes by a node port keeps its address',
  ),
  internalTrafficPolicy: harmless(
    choice('Cluster', 'Local'),
    'there is one node, and all endpoints are on it',
  ),
  trafficDistribution: harmless(text, 'there is one node'),
  ipFamilies: harmless(list(choice('IPv4', 'IPv6')), 'addresses are IPv4'),
  ipFamilyPolicy: harmless(
    choice('SingleStack', 'PreferDualStack', 'RequireDualStack'),
    'addresses are IPv4',
  ),
  allocateLoadBalancerNodePorts: harmless(flag, 'there is no load balancer'),
  loadBalancerIP: harmless(text, 'there is no load balancer'),
  loadBalancerClass: harmless(text, 'there is no load balancer'),
  loadBalancerSourceRanges: harmless(list(text), 'there is no load balancer'),
  healthCheckNodePort: harmless(int32, 'no load balancer asks it'),
  externalIPs: refused(
    'the host takes no addresses that are not its own: a NodePort is reached by every one of its own',
  ),
});

/** k8s.io/api/core/v1/types.go */
export const Service = object('Service', {
  apiVersion,
  kind,
  metadata: acted(ObjectMeta),
  spec: required(ServiceSpec),
  status,
});

export type ServiceFields = Read<typeof Service>;
