import { invalidValue, notFound, unsupportedValue } from '../field-errors.ts';
import type { ObjectFieldRef, ResourceFieldRef } from '../kinds/environment.ts';
import type { PodFields } from '../kinds/pod.ts';
import { formatFault } from '../patterns.ts';
import { nanoOf } from '../quantity.ts';
import type { Report } from '../report.ts';
import { containersOf } from './containers.ts';

/** Checks a fieldRef of the downward API, in a variable or in a file of a volume. `report` is at the reference. */
export function checkFieldRef({ fieldPath }: ObjectFieldRef, where: 'env' | 'volume', report: Report): void {
  const subscript = /^(.*)\['(.*)'\]$/s.exec(fieldPath);
  if (!subscript) {
    if (!FIELDS[where].includes(fieldPath))
      report.fault(['fieldPath'], unsupportedValue(fieldPath, FIELDS[where]));
    return;
  }
  const [, field = '', key = ''] = subscript;
  if (!SUBSCRIPTED.includes(field)) {
    report.fault(['fieldPath'], invalidValue(fieldPath, 'does not support subscript'));
    return;
  }
  const wrong = formatFault('labelKey', field === 'metadata.annotations' ? key.toLowerCase() : key);
  if (wrong) report.fault(['fieldPath'], invalidValue(key, wrong));
}

const SUBSCRIPTED = ['metadata.labels', 'metadata.annotations'];
const OF_BOTH = ['metadata.name', 'metadata.namespace', 'metadata.uid'];
const FIELDS = {
  env: [
    ...OF_BOTH,
    ...['spec.nodeName', 'spec.serviceAccountName'],
    ...['status.hostIP', 'status.hostIPs', 'status.podIP', 'status.podIPs'],
  ],
  volume: [...OF_BOTH, ...SUBSCRIPTED],
};

/** Checks a resourceFieldRef: a container's limit or request. `report` is at the reference. */
export function checkResourceRef(reference: ResourceFieldRef, pod: PodFields, report: Report): void {
  const { containerName, resource, divisor } = reference;
  const name = resource.split('.')[1] ?? '';
  if (!RESOURCES.includes(resource)) {
    if (/^(limits|requests)\.(ephemeral-storage|hugepages-.+)$/.test(resource)) {
      report.refuseValue(['resource'], resource, 'only cpu and memory can be limited');
    } else report.fault(['resource'], unsupportedValue(resource, RESOURCES));
  } else if (divisor !== undefined && !DIVISORS[name]?.includes(divisor)) {
    const allowed = DIVISORS[name]?.join(', ');
    if (!isZero(divisor))
      report.fault(
        ['divisor'],
        invalidValue(divisor, `only divisor's values ${allowed} are supported with the ${name} resource`),
      );
  }
  if (
    containerName !== undefined &&
    !containersOf(pod).some(({ container }) => container.name === containerName)
  ) {
    report.fault(['containerName'], notFound(containerName));
  }
}

const RESOURCES = ['limits.cpu', 'limits.memory', 'requests.cpu', 'requests.memory'];
const DIVISORS: Record<string, readonly string[]> = {
  cpu: ['1m', '1'],
  memory: ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei'],
};

/** A divisor of zero means the default, one. */
function isZero(divisor: string): boolean {
  return nanoOf(divisor) === 0n;
}
