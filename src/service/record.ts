import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Owner } from '../net/names.ts';
import type { EndpointsSpec } from '../spec/endpoints-spec.ts';
import type { ServicePort, ServiceSpec } from '../spec/service-spec.ts';
import { directoryEntries } from '../sys/directory-entries.ts';
import { OperationError } from '../sys/errors.ts';
import { INSTANCE_SHAPE, type Instance } from '../sys/instance.ts';
import type { ProcessIdentity } from '../sys/procfs.ts';
import { readRecord, type Shape, UnusableFile } from '../sys/record-file.ts';

/** A Service as it stands in `services/NAMESPACE.NAME.json`. */
export interface ServiceRecord extends ServiceSpec {
  readonly apiVersion: 'nslab/v1';
  readonly kind: 'Service';
  readonly uid: string;
  /** ISO 8601 */
  readonly createdAt: string;
  /** Its address: the wanted one, or a free one. None for an ExternalName; `None`: headless. */
  readonly clusterIP?: string;
  /** The `up` that has not let it go. If that is dead, the Service goes with it. */
  readonly maker?: ProcessIdentity;
}

/** Endpoints that were given by hand, in `services/@NAMESPACE.NAME.json`: no Service has such a name. */
export interface EndpointsRecord extends EndpointsSpec {
  readonly kind: 'Endpoints';
  readonly uid: string;
  readonly maker?: ProcessIdentity;
}

/** `services/.proxy.json`: what the Services of a state directory have in the kernel, written before it is made. */
export interface ProxyRecord {
  readonly uid: string;
  readonly instance: Instance;
  /** The nft table of all of them. */
  readonly table: string;
  /** The service CIDR: addresses that no device has. */
  readonly cidr: string;
}

export function servicesDirectory(root: string): string {
  return join(root, 'services');
}

export function serviceFile(
  root: string,
  { namespace, name }: Pick<ServiceSpec, 'name' | 'namespace'>,
): string {
  return join(servicesDirectory(root), `${namespace}.${name}.json`);
}

export function endpointsFile(
  root: string,
  { namespace, name }: Pick<EndpointsSpec, 'name' | 'namespace'>,
): string {
  return join(servicesDirectory(root), `@${namespace}.${name}.json`);
}

export function readEndpoints(root: string): EndpointsRecord[] {
  const directory = servicesDirectory(root);
  const files = directoryEntries(directory).filter((file) => /^@.*\.json$/.test(file));
  return files.sort().flatMap((file) => read<EndpointsRecord>(join(directory, file), ENDPOINTS_SHAPE) ?? []);
}

export function proxyFile(root: string): string {
  return join(servicesDirectory(root), '.proxy.json');
}

/** Whether there is any Service, or what the last one has left, be it an empty directory. */
export function hasServices(root: string): boolean {
  return existsSync(servicesDirectory(root));
}

/** All Services, in the order of their files' names. Throws where a record is damaged. */
export function readServices(root: string): ServiceRecord[] {
  const directory = servicesDirectory(root);
  return directoryEntries(directory).flatMap((file) => {
    if (!/^[a-z0-9].*\.json$/.test(file)) return [];
    return read<ServiceRecord>(join(directory, file), SERVICE_SHAPE) ?? [];
  });
}

export function readProxy(root: string): ProxyRecord | undefined {
  return read<ProxyRecord>(proxyFile(root), PROXY_SHAPE);
}

/** The owner of the table. */
export function proxyOwner({ instance, uid }: Pick<ProxyRecord, 'instance' | 'uid'>): Owner {
  return { instance: instance.id, uid, label: 'services' };
}

/** A port as people name it: `80/tcp`, and `http 80/tcp` where it has a name. */
export function portTitle({ name, port, protocol }: ServicePort): string {
  return `${name === undefined ? '' : `${name} `}${port}/${protocol}`;
}

function read<T>(path: string, shape: Shape): T | undefined {
  try {
    return readRecord<T>(path, shape);
  } catch (error) {
    if (!(error instanceof UnusableFile)) throw error;
    throw new OperationError(`the record of a Service cannot be used: ${error.message} (${path})`, {
      cause: error,
      hint: `remove it, and bring the Service up again: rm ${path}`,
    });
  }
}

/** Without these, a file is no Service's. */
const SERVICE_SHAPE: Shape = {
  ...{ apiVersion: 'string', name: 'string', namespace: 'string', type: 'string', uid: 'string' },
  ...{ 'clusterIP?': 'string', createdAt: 'string' },
  'maker?': { pid: 'pid', startTime: 'count' },
  ports: [{ 'name?': 'string', protocol: 'string', port: 'port', 'nodePort?': 'port' }],
};

const ENDPOINTS_SHAPE: Shape = {
  ...{ name: 'string', namespace: 'string', service: 'string', uid: 'string', subsets: 'list' },
  'maker?': { pid: 'pid', startTime: 'count' },
};

const PROXY_SHAPE: Shape = { uid: 'string', instance: INSTANCE_SHAPE, table: 'string', cidr: 'string' };
