import { acted, harmless, inert, needed, object, only, required } from '../field.ts';
import { choice, dnsLabel, flag, port, portName, text } from '../formats.ts';
import { list, map, type Read } from '../shape.ts';
import { ObjectMeta } from './meta.ts';
import { apiVersion, kind } from './pod.ts';

const ONE_NODE = 'there is one node, and packets are led there from it';
const NO_REFERENCE = 'packets go to the address, whatever object has it';
const protocol = acted(
  choice('TCP', 'UDP', 'SCTP'),
  'the default is TCP',
  only(['TCP', 'UDP'], 'tcp or udp'),
);
const appProtocol = harmless(text, 'packets are forwarded, whatever is in them');

const targetRef = harmless(
  inert('ObjectReference', {
    apiVersion: text,
    fieldPath: text,
    kind: text,
    name: text,
    namespace: text,
    resourceVersion: text,
    uid: text,
  }),
  NO_REFERENCE,
);

const EndpointAddress = object('EndpointAddress', {
  ip: required(text),
  hostname: acted(dnsLabel, 'its name in a headless Service'),
  nodeName: harmless(text, ONE_NODE),
  targetRef,
});

const EndpointSubset = object('EndpointSubset', {
  addresses: acted(list(EndpointAddress)),
  notReadyAddresses: acted(list(EndpointAddress), 'nobody is led there, unless publishNotReadyAddresses'),
  ports: acted(
    list(object('EndpointPort', { name: acted(portName), port: required(port), protocol, appProtocol })),
    'a port of the Service is the one of the same name',
  ),
});

/** k8s.io/api/core/v1/types.go */
export const Endpoints = object('Endpoints', {
  apiVersion,
  kind,
  metadata: acted(ObjectMeta),
  subsets: acted(list(EndpointSubset), 'for the Service of the same name, which has no selector'),
});

const Endpoint = object('Endpoint', {
  addresses: required(list(text)),
  conditions: acted(
    object('EndpointConditions', {
      ready: acted(flag, 'nobody is led to one that is not, unless publishNotReadyAddresses'),
      serving: harmless(flag, 'ready says it'),
      terminating: harmless(flag, 'ready says it'),
    }),
  ),
  hostname: acted(dnsLabel),
  nodeName: harmless(text, ONE_NODE),
  zone: harmless(text, ONE_NODE),
  deprecatedTopology: harmless(map(text), ONE_NODE),
  hints: harmless(
    inert('EndpointHints', {
      forZones: list(inert('ForZone', { name: needed(text) })),
      forNodes: list(inert('ForNode', { name: needed(text) })),
    }),
    ONE_NODE,
  ),
  targetRef,
});

/** k8s.io/api/discovery/v1/types.go. Its ports have another type there, of the same fields. */
export const EndpointSlice = object('EndpointSlice', {
  apiVersion,
  kind,
  metadata: acted(ObjectMeta, 'the label kubernetes.io/service-name says whose it is'),
  addressType: required(
    choice('IPv4', 'IPv6', 'FQDN'),
    '',
    only(['IPv4'], 'packets are led to IPv4 addresses'),
  ),
  endpoints: required(list(Endpoint)),
  ports: acted(
    list(object('EndpointSlicePort', { name: acted(portName), port: acted(port), protocol, appProtocol })),
  ),
});

export type EndpointsFields = Read<typeof Endpoints>;
export type EndpointSliceFields = Read<typeof EndpointSlice>;
