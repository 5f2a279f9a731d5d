import { withoutPrefix } from '../net/address.ts';
import { findHolder } from '../pod/find-process.ts';
import { podProgress } from '../pod/pod-status.ts';
import { type PodRecord, podNames, readMaybePod } from '../pod/store.ts';
import { surveyWorkloads } from '../pod/workload-record.ts';
import type { ServicePort } from '../spec/service-spec.ts';
import { type EndpointsRecord, readEndpoints, type ServiceRecord } from './record.ts';

/** A pod that a selector may find. */
export interface Candidate {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly address: string;
  /** The port of a bridge that leads to it. */
  readonly bridgePort?: string;
  readonly ready: boolean;
  /** Its containers' ports with a name. */
  readonly ports: readonly NamedPort[];
  /** Where it is in a headless Service by a name of its own: `web-0`. */
  readonly hostname?: string;
  readonly subdomain?: string;
}

interface NamedPort {
  readonly name: string;
  readonly protocol: string;
  readonly containerPort: number;
}

/** What may be behind a Service: pods, and the endpoints that were given by hand. */
export interface Candidates {
  readonly pods: readonly Candidate[];
  readonly given: readonly EndpointsRecord[];
}

/** A pod behind a port of a Service, or an address that was given by hand. */
export interface Endpoint {
  readonly pod: string | null;
  readonly address: string;
  /** Of the pod. */
  readonly port: number;
  readonly ready: boolean;
  readonly bridgePort?: string;
  readonly hostname?: string;
}

/** The pods of manifests that have an address and run, in the order of their names; and what was given by hand. */
export function candidates(root: string): Candidates {
  const pods = podNames(root).flatMap((name) => {
    const pod = readMaybePod(root, name);
    return pod ? (candidateOf(pod) ?? []) : [];
  });
  return { pods, given: readEndpoints(root) };
}

/** The pods that the selector finds: none without a selector. */
function selected({ selector, namespace }: ServiceRecord, pods: readonly Candidate[]): Candidate[] {
  const wanted = Object.entries(selector ?? {});
  if (wanted.length === 0) return [];
  return pods.filter(
    (pod) => pod.namespace === namespace && wanted.every(([key, value]) => pod.labels[key] === value),
  );
}

/** The endpoints of a port: those that get its packets are ready, or need not be. A pod without the named port is left out. */
export function endpointsOf(
  service: ServiceRecord,
  port: ServicePort | undefined,
  { pods, given }: Candidates,
): Endpoint[] {
  if (service.selector === undefined) return givenFor(service, port, given);
  return selected(service, pods).flatMap(
    ({ name, address, ready, ports, hostname, subdomain, bridgePort }) => {
      // A headless Service may have no port: it is a name alone.
      const target = port === undefined ? 0 : targetOf(port, ports);
      if (target === undefined) return [];
      const isNamed = hostname !== undefined && subdomain === service.name;
      return {
        ...{ pod: name, address, port: target, ready },
        ...(bridgePort !== undefined && { bridgePort }),
        ...(isNamed && { hostname }),
      };
    },
  );
}

/** Of a Service without a selector. A port is the one of the same name and protocol. */
function givenFor(
  { name, namespace }: ServiceRecord,
  port: ServicePort | undefined,
  given: readonly EndpointsRecord[],
): Endpoint[] {
  const subsets = given
    .filter((each) => each.service === name && each.namespace === namespace)
    .flatMap((each) => each.subsets);
  const all = subsets.flatMap(({ addresses, ports }) => {
    const target =
      port === undefined
        ? 0
        : ports.find((each) => each.name === port.name && each.protocol === port.protocol)?.port;
    return target === undefined ? [] : addresses.map((each) => ({ pod: null, port: target, ...each }));
  });
  const key = (endpoint: Endpoint) => `${endpoint.address}:${endpoint.port}`;
  return all.filter((each, place) => all.findIndex((other) => key(other) === key(each)) === place);
}

export function serves({ publishNotReady }: ServiceRecord, { ready }: Pick<Endpoint, 'ready'>): boolean {
  return ready || publishNotReady === true;
}

function targetOf({ targetPort, protocol }: ServicePort, ports: readonly NamedPort[]): number | undefined {
  if (typeof targetPort === 'number') return targetPort;
  return ports.find(({ name, protocol: own }) => name === targetPort && own.toLowerCase() === protocol)
    ?.containerPort;
}

/** What a pod's record has of its manifest. */
interface Summary {
  readonly metadata?: {
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec?: {
    readonly hostname?: string;
    readonly subdomain?: string;
    readonly containers?: readonly {
      readonly ports?: readonly {
        readonly name?: string;
        readonly protocol?: string;
        readonly containerPort: number;
      }[];
    }[];
  };
}

function candidateOf(pod: PodRecord): Candidate | undefined {
  const { intent, status } = pod;
  const wiring = status?.wiring[0];
  if (!intent.manifest || !wiring || status?.terminating || !findHolder(pod)) return undefined;
  const { metadata = {}, spec = {} } = intent.manifest as Summary;
  const ports = (spec.containers ?? []).flatMap((container) => container.ports ?? []);
  return {
    name: intent.name,
    namespace: metadata.namespace ?? 'default',
    labels: metadata.labels ?? {},
    address: withoutPrefix(wiring.address),
    ...(wiring.bridge !== undefined && { bridgePort: wiring.hostInterface }),
    ready: podProgress(surveyWorkloads(pod.files)).outcome === 'ready',
    ports: ports.flatMap(({ name, protocol = 'TCP', containerPort }) =>
      name === undefined ? [] : [{ name, protocol, containerPort }],
    ),
    ...(spec.hostname !== undefined && { hostname: spec.hostname }),
    ...(spec.subdomain !== undefined && { subdomain: spec.subdomain }),
  };
}
