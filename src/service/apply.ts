import { addressAt, overlaps, parseAddress, parseSubnet } from '../net/address.ts';
import type { Host } from '../pod/host.ts';
import type { EndpointsSpec } from '../spec/endpoints-spec.ts';
import { type ServicePort, type ServiceSpec, serviceTitle } from '../spec/service-spec.ts';
import { InputError, OperationError } from '../sys/errors.ts';
import { listeningSockets } from '../sys/listening-sockets.ts';
import { ourselves } from '../sys/procfs.ts';
import { unique } from '../sys/unique.ts';
import { canServeNames, dnsAddress, dnsService, hasDnsPod, isDns, startDns } from './dns.ts';
import { pointPods } from './point-pods.ts';
import { ensureProxy } from './proxy.ts';
import {
  type EndpointsRecord,
  endpointsFile,
  hasServices,
  readEndpoints,
  readServices,
  type ServiceRecord,
  serviceFile,
} from './record.ts';
import { settleDns, syncLocked, syncServices, withServices } from './sync.ts';

/** What `applyServices` has done. */
export interface Applied {
  readonly services: readonly ServiceRecord[];
  /** Those that were not there before: a failure of what follows takes them back. */
  readonly made: readonly ServiceRecord[];
  readonly given: readonly EndpointsRecord[];
}

/**
 * Records Services as they are wanted: new ones get their addresses, those that are there keep theirs. All or none. Nobody is
 * led to them before the next sync.
 */
export async function applyServices(
  host: Host,
  root: string,
  specs: readonly ServiceSpec[],
  given: readonly EndpointsSpec[] = [],
): Promise<Applied> {
  if (specs.length + given.length === 0 || (specs.length === 0 && !hasServices(root))) {
    for (const each of given) refuseOrphan(host, each);
    return { services: [], made: [], given: [] };
  }
  return withServices(host, root, async () => {
    const before = readServices(root);
    const { cidr } = await ensureProxy(host, root);
    const services: ServiceRecord[] = [];
    try {
      for (const spec of specs) {
        const known = before.find((each) => isSame(each, spec));
        const others = [...before.filter((each) => !isSame(each, spec)), ...services];
        services.push(recordOf(spec, known, others, cidr));
      }
    } catch (error) {
      // Where it was made for these alone it goes again.
      await syncLocked(host, root);
      throw error;
    }
    for (const service of services) write(host, root, service);
    const made = services.filter((each) => !before.some((other) => isSame(other, each)));
    return { services, made, given: recordEndpoints(host, root, given, [...before, ...services]) };
  });
}

/** Endpoints that were given by hand. Those that are new: they go when this process fails. */
function recordEndpoints(
  host: Host,
  root: string,
  given: readonly EndpointsSpec[],
  services: readonly ServiceRecord[],
): EndpointsRecord[] {
  const known = readEndpoints(root);
  return given.flatMap((spec) => {
    const service = services.find((each) => isSame(each, { name: spec.service, namespace: spec.namespace }));
    if (!service) {
      refuseOrphan(host, spec);
      return [];
    }
    if (service.selector)
      host.warn(
        `Endpoints "${spec.name}": service "${serviceTitle(service)}" has a selector, which finds its pods`,
      );
    const before = known.find((each) => isSame(each, spec));
    const record: EndpointsRecord = {
      kind: 'Endpoints',
      uid: before?.uid ?? unique(),
      ...spec,
      ...(before ? before.maker && { maker: before.maker } : { maker: ourselves() }),
    };
    host.files.replace(endpointsFile(root, record), JSON.stringify(record));
    return before ? [] : [record];
  });
}

function refuseOrphan(host: Host, { name, service }: EndpointsSpec): void {
  host.warn(`Endpoints "${name}" are of no use: there is no service "${service}"`);
}

/** Lets new Services and endpoints go: from now on they outlive this process. */
export async function keepServices(
  host: Host,
  root: string,
  { made, given }: Pick<Applied, 'made' | 'given'>,
): Promise<void> {
  if (made.length + given.length === 0) return;
  await withServices(host, root, async () => {
    for (const { maker: _, ...service } of made) write(host, root, service);
    for (const { maker: _, ...record } of given)
      host.files.replace(endpointsFile(root, record), JSON.stringify(record));
  });
}

function write({ files }: Host, root: string, service: ServiceRecord): void {
  files.replace(serviceFile(root, service), JSON.stringify(service));
}

/** Starts the server of names where there is a program for it, and gives its address. Needs Services on record. */
export async function serveNames(host: Host, root: string): Promise<string | undefined> {
  if (!canServeNames()) {
    host.warn(
      'names of Services are not answered, only their addresses: dnsmasq is missing (Debian: dnsmasq-base)',
    );
    return undefined;
  }
  const { cidr } = await withServices(host, root, () => ensureProxy(host, root));
  await applyServices(host, root, [dnsService(cidr)]);
  await syncServices(host, root);
  if (!hasDnsPod(root)) await startDns(host, root);
  pointPods(host, root, dnsAddress(cidr));
  return dnsAddress(cidr);
}

/** Forgets Services, and brings the rules to what is left. Those that are not there are fine. */
export async function removeServices(
  host: Host,
  root: string,
  services: readonly Pick<ServiceSpec, 'name' | 'namespace'>[],
  given: readonly Pick<EndpointsSpec, 'name' | 'namespace'>[] = [],
): Promise<void> {
  if (services.length + given.length === 0 || !hasServices(root)) return;
  const needsRestart = await withServices(host, root, async () => {
    for (const service of services) host.files.remove(serviceFile(root, service));
    for (const each of given) host.files.remove(endpointsFile(root, each));
    return syncLocked(host, root);
  });
  await settleDns(host, root, needsRestart);
}

function isSame(
  one: Pick<ServiceSpec, 'name' | 'namespace'>,
  other: Pick<ServiceSpec, 'name' | 'namespace'>,
): boolean {
  return one.name === other.name && one.namespace === other.namespace;
}

function recordOf(
  spec: ServiceSpec,
  known: ServiceRecord | undefined,
  others: readonly ServiceRecord[],
  cidr: string,
): ServiceRecord {
  const clusterIP = clusterIPOf(spec, known, others, cidr);
  const ports: ServicePort[] = [];
  for (const port of spec.ports) {
    const taken = [...others.flatMap((other) => other.ports), ...ports];
    const before = known?.ports.find((each) => each.port === port.port && each.protocol === port.protocol);
    ports.push(spec.type === 'NodePort' ? withNodePort(spec, port, before, taken) : port);
  }
  return {
    apiVersion: 'nslab/v1',
    kind: 'Service',
    uid: known?.uid ?? unique(),
    createdAt: known?.createdAt ?? new Date().toISOString(),
    ...spec,
    ...(clusterIP !== undefined && { clusterIP }),
    ports,
    // The server of names goes with the last of the others.
    ...(known || isDns(spec) ? known?.maker && { maker: known.maker } : { maker: ourselves() }),
  };
}

/** The tenth address is for the DNS server, as everywhere. */
const DNS = 10;

function clusterIPOf(
  spec: ServiceSpec,
  known: ServiceRecord | undefined,
  others: readonly ServiceRecord[],
  cidr: string,
): string | undefined {
  const { type, clusterIP: wanted } = spec;
  if (type === 'ExternalName' || wanted === 'None') return wanted;
  const subnet = parseSubnet(cidr);
  const owner = (address: string) => others.find((other) => other.clusterIP === address);
  if (wanted !== undefined) {
    const value = parseAddress(wanted).bigInt();
    if (!overlaps({ first: value, last: value }, subnet))
      throw new InputError(`service "${serviceTitle(spec)}": ${wanted} is not in the service CIDR ${cidr}`, {
        hint: 'leave clusterIP out: a free address is chosen',
      });
    const other = owner(wanted);
    if (other) throw new OperationError(`address ${wanted} is taken by service "${serviceTitle(other)}"`);
    return wanted;
  }
  const kept = known?.clusterIP;
  if (kept !== undefined && kept !== 'None') return kept;
  for (let n = 1; n < 65_534; n++) {
    const address = addressAt(subnet, n);
    if (n !== 1 && n !== DNS && !owner(address)) return address;
  }
  throw new OperationError(`the service CIDR ${cidr} has no free address`);
}

/** kube-apiserver: --service-node-port-range */
const NODE_PORTS = { first: 30_000, last: 32_767 };

function withNodePort(
  spec: ServiceSpec,
  port: ServicePort,
  before: ServicePort | undefined,
  taken: readonly ServicePort[],
): ServicePort {
  const isTaken = (nodePort: number) =>
    taken.some((each) => each.nodePort === nodePort && each.protocol === port.protocol);
  const wanted = port.nodePort ?? before?.nodePort;
  if (wanted !== undefined) {
    if (isTaken(wanted))
      throw new OperationError(`service "${serviceTitle(spec)}": node port ${wanted} is another Service's`);
    if (wanted < NODE_PORTS.first || wanted > NODE_PORTS.last)
      throw new InputError(
        `service "${serviceTitle(spec)}": node port ${wanted} is not from ${NODE_PORTS.first} to ${NODE_PORTS.last}`,
      );
    return { ...port, nodePort: wanted };
  }
  const used = new Set(listeningSockets(port.protocol).map((socket) => socket.port));
  for (let nodePort = NODE_PORTS.first; nodePort <= NODE_PORTS.last; nodePort++)
    if (!isTaken(nodePort) && !used.has(nodePort)) return { ...port, nodePort };
  throw new OperationError('no node port is free');
}
