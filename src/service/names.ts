import type { ServiceSpec } from '../spec/service-spec.ts';
import type { Endpoint } from './endpoints.ts';
import type { ServiceRecord } from './record.ts';
import { isAddressed } from './ruleset.ts';

/** The domain of the cluster, as everywhere. */
export const DOMAIN = 'cluster.local';

/** `web.default.svc.cluster.local` */
function domainName({ name, namespace }: Pick<ServiceSpec, 'name' | 'namespace'>): string {
  return `${name}.${namespace}.svc.${DOMAIN}`;
}

/** A Service, and the pods that its name leads to. */
export interface NamedService {
  readonly service: ServiceRecord;
  readonly endpoints: readonly Endpoint[];
}

/** A file of addresses for `dnsmasq --hostsdir`, which reads it as soon as it is written. hosts(5) */
export function hostsText(named: readonly NamedService[]): string {
  return named
    .flatMap(({ service, endpoints }) => {
      if (isAddressed(service)) return [`${service.clusterIP} ${domainName(service)}`];
      return service.clusterIP === 'None' ? headlessLines(service, endpoints) : [];
    })
    .map((line) => `${line}\n`)
    .join('');
}

/** A headless Service is its pods: all of them by its own name, and each by a name of its own. */
function headlessLines(service: ServiceRecord, endpoints: readonly Endpoint[]): string[] {
  const own = endpoints.flatMap(({ address, hostname }) =>
    hostname === undefined ? [] : `${address} ${hostname}.${domainName(service)}`,
  );
  return [...own, ...endpoints.map(({ address }) => `${address} ${domainName(service)}`)].filter(isFirst);
}

function isFirst(line: string, place: number, lines: readonly string[]): boolean {
  return lines.indexOf(line) === place;
}

/** What dnsmasq reads at its start alone: other names of names outside, and which port a name means. dnsmasq(8) */
export function configText(services: readonly ServiceRecord[]): string {
  return services
    .flatMap((service) => {
      const { type, externalName, ports } = service;
      if (type === 'ExternalName') return [`cname=${domainName(service)},${externalName}`];
      return ports.flatMap(({ name, protocol, port }) =>
        name === undefined
          ? []
          : `srv-host=_${name}._${protocol}.${domainName(service)},${domainName(service)},${port}`,
      );
    })
    .map((line) => `${line}\n`)
    .join('');
}

/** The resolver of a pod, as the kubelet writes it for `dnsPolicy: ClusterFirst`. */
export function clusterResolver(namespace: string, server: string) {
  return {
    base: 'none',
    nameservers: [server],
    searches: [`${namespace}.svc.${DOMAIN}`, `svc.${DOMAIN}`, DOMAIN],
    options: ['ndots:5'],
  } as const;
}

/** The variables that a pod of a namespace finds in its environment. kubernetes: pkg/kubelet/envvars/envvars.go */
export function serviceVariables(
  services: readonly ServiceRecord[],
  namespace: string,
): Record<string, string> {
  const variables = new Map<string, string>();
  const here = services.filter((service) => service.namespace === namespace && isAddressed(service));
  for (const { name, clusterIP, ports } of here) {
    const prefix = name.toUpperCase().replaceAll('-', '_');
    const [first] = ports;
    variables.set(`${prefix}_SERVICE_HOST`, clusterIP ?? '');
    if (first) {
      variables.set(`${prefix}_SERVICE_PORT`, String(first.port));
      variables.set(`${prefix}_PORT`, `${first.protocol}://${clusterIP}:${first.port}`);
    }
    for (const port of ports) {
      if (port.name !== undefined)
        variables.set(
          `${prefix}_SERVICE_PORT_${port.name.toUpperCase().replaceAll('-', '_')}`,
          String(port.port),
        );
      const link = `${prefix}_PORT_${port.port}_${port.protocol.toUpperCase()}`;
      variables.set(link, `${port.protocol}://${clusterIP}:${port.port}`);
      variables.set(`${link}_PROTO`, port.protocol);
      variables.set(`${link}_PORT`, String(port.port));
      variables.set(`${link}_ADDR`, clusterIP ?? '');
    }
  }
  return Object.fromEntries(variables);
}
