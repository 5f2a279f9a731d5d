import type { PodManifest } from '../manifest/read.ts';
import { hostnameOf } from '../spec/names.ts';
import { DEFAULT_SHARE, type PodSpec, type ShareKind } from '../spec/pod-spec.ts';
import type { PortMapping, Protocol } from '../spec/port.ts';
import { InputError } from '../sys/errors.ts';

/** The namespaces that the holder keeps. As in Kubernetes, a pod with hostNetwork also has the host's uts namespace. */
export function shareOf({ spec, locate }: PodManifest): ShareKind[] {
  const { hostNetwork, hostIPC, shareProcessNamespace } = spec;
  const kept: ShareKind[] = DEFAULT_SHARE.filter(
    (kind) => !(hostNetwork && kind !== 'ipc') && !(hostIPC && kind === 'ipc'),
  );
  if (shareProcessNamespace) kept.push('pid');
  if (kept.length > 0) return kept;
  throw new InputError(
    `${locate('hostNetwork')}: with hostNetwork and hostIPC there is no namespace for a holder to keep`,
    {
      hint: 'run it as a workload of the host: nslab run --network host --ipc host …',
    },
  );
}

/** The pod's host name, FQDN, host aliases and resolver. */
export function etcOf(
  manifest: PodManifest,
  share: readonly ShareKind[],
): Pick<PodSpec, 'hostname' | 'fqdn' | 'hostAliases' | 'resolver'> {
  const { name, namespace, spec } = manifest;
  const short = spec.hostname ?? hostnameOf(name);
  const fqdn = spec.subdomain && `${short}.${spec.subdomain}.${namespace}.svc.cluster.local`;
  const hostname = spec.setHostnameAsFQDN && fqdn ? fqdn : short;
  const resolver = resolverOf(manifest);
  return {
    ...(share.includes('uts') && { hostname }),
    ...(fqdn && { fqdn }),
    ...(spec.hostAliases && {
      hostAliases: spec.hostAliases.map(({ ip, hostnames = [] }) => ({ ip, hostnames })),
    }),
    ...(resolver && { resolver }),
  };
}

/** This host's resolver, and what the pod's own settings say. Where there are Services, src/service/plan.ts puts theirs in its place. */
function resolverOf({ spec: { dnsPolicy, dnsConfig } }: PodManifest): PodSpec['resolver'] {
  if (!dnsConfig && dnsPolicy !== 'None') return undefined;
  const { nameservers = [], searches = [], options = [] } = dnsConfig ?? {};
  return {
    base: dnsPolicy === 'None' ? 'none' : 'host',
    nameservers,
    searches,
    options: options.map(({ name, value }) => (value === undefined ? (name ?? '') : `${name}:${value}`)),
  };
}

/** The published ports: those with a hostPort. A containerPort alone is only informative. None with hostNetwork. */
export function portsOf({ spec }: PodManifest): PortMapping[] {
  if (spec.hostNetwork) return [];
  const containers = [...(spec.initContainers ?? []), ...spec.containers];
  return containers
    .flatMap(({ ports = [] }) => ports)
    .flatMap(({ hostIP, hostPort, containerPort, protocol = 'TCP' }) => {
      if (!hostPort) return [];
      const port = { hostPort, podPort: containerPort, protocol: protocol.toLowerCase() as Protocol };
      return [{ ...(hostIP !== undefined && { hostIP }), ...port }];
    });
}

/** The namespace that a sysctl belongs to. ipc_namespaces(7), network_namespaces(7) */
const SYSCTL_NAMESPACES: readonly [RegExp, ShareKind][] = [
  [/^net\//, 'net'],
  [/^kernel\/(shm|msg|sem$)/, 'ipc'],
  [/^fs\/mqueue\//, 'ipc'],
];

/** Sysctls by their path below /proc/sys. Refuses a sysctl that is not in a namespace of the pod. */
export function sysctlsOf(
  { spec, locate }: PodManifest,
  share: readonly ShareKind[],
): Pick<PodSpec, 'sysctls'> {
  const wanted = spec.securityContext?.sysctls ?? [];
  const pairs = wanted.map(({ name, value }, index): [string, string] => {
    const path = name.includes('/') ? name : name.replaceAll('.', '/');
    const kind = SYSCTL_NAMESPACES.find(([pattern]) => pattern.test(path))?.[1];
    if (kind && share.includes(kind) && !path.includes('..')) return [path, value];
    throw new InputError(
      `${locate(`securityContext.sysctls[${index}]`)}: ${name} is ${kind ? `in the host's ${kind} namespace` : 'not in a namespace of the pod'}: it would change the host`,
    );
  });
  return pairs.length > 0 ? { sysctls: Object.fromEntries(pairs) } : {};
}
