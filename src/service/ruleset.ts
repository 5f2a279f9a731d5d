import { mark } from '../net/names.ts';
import type { ServicePort } from '../spec/service-spec.ts';
import { baseText } from './base-chains.ts';
import type { Endpoint } from './endpoints.ts';
import { NOTHING, type Present } from './present.ts';
import { type ProxyRecord, proxyOwner, type ServiceRecord } from './record.ts';

// The rules of Services, in the names and the layout of kube-proxy's nftables mode, so that what is read here is what
// `nft list table ip kube-proxy` says in a cluster. kubernetes: pkg/proxy/nftables/README.md, KEP-3866

/** A port of a Service, and the endpoints that get its packets. */
export interface ServedPort {
  readonly service: ServiceRecord;
  readonly port: ServicePort;
  readonly endpoints: readonly Endpoint[];
}

/** What the rules are made from. */
export interface Facts {
  readonly proxy: ProxyRecord;
  /** The subnets of pods: who comes from elsewhere gets this host's address, so that answers come back by it. */
  readonly podSubnets: readonly string[];
  /** Those of bridges whose frames pass no rules of IP: an endpoint there must answer this host, or its answer is not translated back. */
  readonly unfilteredSubnets: readonly string[];
  readonly served: readonly ServedPort[];
}

/**
 * One transaction that brings the table to what the facts say. What is as it was stays: the counters, and which client stays
 * with which endpoint. What the facts have no more is deleted last, when nothing leads there.
 */
export function rulesText(facts: Facts, present: Present): string {
  const { proxy, served } = facts;
  const active = served.filter(({ service }) => isAddressed(service));
  const wanted = wantedNames(active);
  const table = `ip ${proxy.table}`;
  return [
    // `create` fails where another program has a table of this name.
    `${present === NOTHING ? 'create' : 'add'} table ${table} { comment "${mark(proxyOwner(proxy))}"; }`,
    ...baseText(facts),
    ...active.flatMap((each) => serviceText(table, each)),
    ...elements(table, active),
    ...gone(present.chains, wanted.chains).flatMap((chain) => [`flush chain ${table} ${chain}`]),
    ...gone(present.chains, wanted.chains).map((chain) => `delete chain ${table} ${chain}`),
    ...gone(present.sets, wanted.sets).map((set) => `delete set ${table} ${set}`),
    ...gone(present.counters, wanted.counters).map((counter) => `delete counter ${table} ${counter}`),
    '',
  ].join('\n');
}

/** Whether packets are sent to it: a headless Service and an ExternalName are names only. */
export function isAddressed({ clusterIP }: ServiceRecord): boolean {
  return clusterIP !== undefined && clusterIP !== 'None';
}

/** `default/web/tcp/80`, as kube-proxy ends its chains' names. */
function portKey({ service, port }: Pick<ServedPort, 'service' | 'port'>): string {
  return `${service.namespace}/${service.name}/${port.protocol}/${port.port}`;
}

export function serviceChain(served: Pick<ServedPort, 'service' | 'port'>): string {
  return `service-${portKey(served)}`;
}

export function endpointChain(
  served: Pick<ServedPort, 'service' | 'port'>,
  { address, port }: Endpoint,
): string {
  return `endpoint-${portKey(served)}/${address}/${port}`;
}

function externalChain(served: ServedPort): string {
  return `external-${portKey(served)}`;
}

function affinitySet(served: ServedPort, endpoint: Endpoint): string {
  return endpointChain(served, endpoint).replace(/^endpoint-/, 'affinity-');
}

function wantedNames(active: readonly ServedPort[]): Present {
  const ends = active.flatMap((served) => served.endpoints.map((endpoint) => ({ served, endpoint })));
  const endChains = ends.map(({ served, endpoint }) => endpointChain(served, endpoint));
  const services = active.filter(({ endpoints }) => endpoints.length > 0);
  const externals = services.filter(({ port }) => port.nodePort !== undefined).map(externalChain);
  const sticky = ends.filter(({ served }) => served.service.affinity !== undefined);
  return {
    chains: new Set([...services.map(serviceChain), ...externals, ...endChains]),
    sets: new Set(sticky.map(({ served, endpoint }) => affinitySet(served, endpoint))),
    counters: new Set([...services.map(serviceChain), ...endChains]),
  };
}

/** Those of our own making that are not wanted any more. */
function gone(present: ReadonlySet<string>, wanted: ReadonlySet<string>): string[] {
  return [...present].filter(
    (name) => /^(service|external|endpoint|affinity)-.*\//.test(name) && !wanted.has(name),
  );
}

/** The chains of one port: which endpoint a client gets, and what each endpoint means. */
function serviceText(table: string, served: ServedPort): string[] {
  const { service, port, endpoints } = served;
  const chain = serviceChain(served);
  if (endpoints.length === 0) return [];
  const choices = endpoints.map((endpoint, place) => `${place} : goto ${endpointChain(served, endpoint)}`);
  const sticky = service.affinity === undefined ? [] : endpoints;
  return [
    ...endpoints.flatMap((endpoint) => endpointText(table, served, endpoint)),
    `add counter ${table} ${chain}`,
    `add chain ${table} ${chain}`,
    `flush chain ${table} ${chain}`,
    `add rule ${table} ${chain} counter name "${chain}"`,
    `add rule ${table} ${chain} ip daddr ${service.clusterIP} jump cluster-clients`,
    ...sticky.map(
      (endpoint) =>
        `add rule ${table} ${chain} ip saddr @${affinitySet(served, endpoint)} goto ${endpointChain(served, endpoint)}`,
    ),
    `add rule ${table} ${chain} numgen random mod ${endpoints.length} vmap { ${choices.join(', ')} }`,
    ...(port.nodePort === undefined ? [] : externalText(table, served)),
  ];
}

function externalText(table: string, served: ServedPort): string[] {
  const chain = externalChain(served);
  return [
    `add chain ${table} ${chain}`,
    `flush chain ${table} ${chain}`,
    ...(served.service.keepsSource ? [] : [`add rule ${table} ${chain} jump mark-for-masquerade`]),
    `add rule ${table} ${chain} goto ${serviceChain(served)}`,
  ];
}

function endpointText(table: string, served: ServedPort, endpoint: Endpoint): string[] {
  const { service, port } = served;
  const chain = endpointChain(served, endpoint);
  const { address, pod } = endpoint;
  const set = affinitySet(served, endpoint);
  const { affinity } = service;
  return [
    ...(affinity === undefined
      ? []
      : [`add set ${table} ${set} { type ipv4_addr; flags dynamic, timeout; timeout ${affinity}s; }`]),
    `add counter ${table} ${chain}`,
    `add chain ${table} ${chain}`,
    `flush chain ${table} ${chain}`,
    `add rule ${table} ${chain} ip saddr ${address} jump mark-for-masquerade comment "a pod that reaches itself"`,
    ...(affinity === undefined ? [] : [`add rule ${table} ${chain} update @${set} { ip saddr }`]),
    `add rule ${table} ${chain} counter name "${chain}" meta l4proto ${port.protocol} dnat to ${address}:${endpoint.port} comment "${pod === null ? 'given by hand' : `pod ${pod}`}"`,
  ];
}

function elements(table: string, active: readonly ServedPort[]): string[] {
  const element = (map: string, list: readonly string[]) =>
    list.length === 0 ? [] : [`add element ${table} ${map} { ${list.join(', ')} }`];
  const isServed = ({ endpoints }: ServedPort) => endpoints.length > 0;
  const key = ({ service, port }: ServedPort) => `${service.clusterIP} . ${port.protocol} . ${port.port}`;
  const nodeKey = ({ port }: ServedPort) => `${port.protocol} . ${port.nodePort}`;
  const withNodePort = active.filter(({ port }) => port.nodePort !== undefined);
  const idle = active.filter((each) => !isServed(each));
  return [
    ...element('cluster-ips', [...new Set(active.map(({ service }) => service.clusterIP ?? ''))]),
    ...element(
      'service-ips',
      active.filter(isServed).map((each) => `${key(each)} : goto ${serviceChain(each)}`),
    ),
    ...element(
      'service-nodeports',
      withNodePort.filter(isServed).map((each) => `${nodeKey(each)} : goto ${externalChain(each)}`),
    ),
    ...element(
      'no-endpoint-services',
      idle.map((each) => `${key(each)} : goto reject-chain`),
    ),
    ...element(
      'no-endpoint-nodeports',
      withNodePort.filter((each) => !isServed(each)).map((each) => `${nodeKey(each)} : goto reject-chain`),
    ),
  ];
}
