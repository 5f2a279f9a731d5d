import { isIPv4 } from 'node:net';
import { isUnusableEndpoint } from '../spec/range.ts';
import { duplicateValue, invalidValue, requiredValue } from './field-errors.ts';
import type { EndpointSliceFields, EndpointsFields } from './kinds/endpoints.ts';
import type { Manifest } from './manifests.ts';
import type { Report } from './report.ts';
import { checkMetadata, nameOf, namespaceOf, refuseUnusable } from './rules/metadata.ts';

/** Endpoints or an EndpointSlice declared by a manifest: checked. */
export interface EndpointsManifest {
  readonly name: string;
  readonly namespace: string;
  /** The Service whose they are. */
  readonly service: string;
  readonly subsets: NonNullable<EndpointsFields['subsets']>;
}

/** The endpoints that manifests give by hand. Those of no Service are passed over. */
export function endpointsOf(manifests: readonly Manifest[], wanted: string | undefined): EndpointsManifest[] {
  const taken = new Set<string>();
  return manifests.flatMap((manifest) => {
    const { kind, fields, report } = manifest;
    if ((kind !== 'Endpoints' && kind !== 'EndpointSlice') || fields === undefined) return [];
    const { metadata = {} } = fields;
    const at = report.at('metadata');
    checkMetadata(metadata, at);
    const subsets = kind === 'Endpoints' ? ofEndpoints(fields, report) : ofSlice(fields, report);
    const name = refuseUnusable(nameOf(metadata, at), at);
    if (name === undefined) return [];
    const namespace = namespaceOf(metadata, wanted, at);
    const key = `${kind} ${namespace}/${name}`;
    if (taken.has(key)) at.fault(['name'], duplicateValue(name));
    taken.add(key);
    const service = kind === 'Endpoints' ? name : metadata.labels?.['kubernetes.io/service-name'];
    if (service === undefined) {
      report.note([], 'no Service has it: it lacks the label kubernetes.io/service-name');
      return [];
    }
    return [{ name: kind === 'Endpoints' ? name : `slice.${name}`, namespace, service, subsets }];
  });
}

function ofEndpoints({ subsets = [] }: EndpointsFields, report: Report): EndpointsManifest['subsets'] {
  for (const [index, { addresses = [], notReadyAddresses = [], ports = [] }] of subsets.entries()) {
    const at = report.at('subsets', index);
    if (addresses.length + notReadyAddresses.length === 0)
      at.fault([], requiredValue('must specify `addresses` or `notReadyAddresses`'));
    for (const [place, { ip }] of addresses.entries()) checkAddress(ip, at.at('addresses', place, 'ip'));
    for (const [place, { ip }] of notReadyAddresses.entries())
      checkAddress(ip, at.at('notReadyAddresses', place, 'ip'));
    checkNames(ports, at);
  }
  return subsets;
}

/** As subsets of Endpoints: what is ready, and what is not. */
function ofSlice(
  { endpoints, ports = [] }: EndpointSliceFields,
  report: Report,
): EndpointsManifest['subsets'] {
  for (const [index, { addresses }] of endpoints.entries()) {
    const at = report.at('endpoints', index, 'addresses');
    if (addresses.length === 0) at.fault([], requiredValue('must contain at least 1 address'));
    for (const [place, ip] of addresses.entries()) checkAddress(ip, at.at(place));
  }
  checkNames(ports, report);
  const known = ports.flatMap(({ port, ...rest }) => (port === undefined ? [] : [{ ...rest, port }]));
  const among = (isReady: boolean) =>
    endpoints
      .filter(({ conditions }) => (conditions?.ready ?? true) === isReady)
      .flatMap(({ addresses, hostname }) =>
        addresses.map((ip) => ({ ip, ...(hostname !== undefined && { hostname }) })),
      );
  return [{ addresses: among(true), notReadyAddresses: among(false), ports: known }];
}

function checkNames(ports: readonly { readonly name?: string }[], report: Report): void {
  const names = ports.map(({ name = '' }) => name);
  for (const [index, name] of names.entries()) {
    const at = report.at('ports', index);
    if (ports.length > 1 && name === '') at.fault(['name'], requiredValue());
    else if (names.indexOf(name) !== index) at.fault(['name'], duplicateValue(name));
  }
}

/** pkg/apis/core/validation/validation.go: ValidateNonSpecialIP */
function checkAddress(ip: string, report: Report): void {
  if (!isIPv4(ip)) report.fault([], invalidValue(ip, 'must be a valid IP address, (e.g. 10.9.8.7)'));
  else if (isUnusableEndpoint(ip))
    report.fault([], invalidValue(ip, 'may not be unspecified, loopback, link-local or multicast'));
}
