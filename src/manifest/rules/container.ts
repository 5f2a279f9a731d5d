import { RANGES } from '../../sys/number.ts';
import { didYouMean } from '../did-you-mean.ts';
import { duplicateValue, invalidValue } from '../field-errors.ts';
import type { ContainerFields, ResourceFields } from '../kinds/container.ts';
import type { PodFields } from '../kinds/pod.ts';
import type { SecurityFields } from '../kinds/security.ts';
import { nanoOf } from '../quantity.ts';
import type { Report } from '../report.ts';
import { checkEnvironment } from './environment.ts';
import { checkHandlers } from './handlers.ts';
import { checkMounts } from './mounts.ts';

/** Reports what the API server refuses in one container. `report` is at the container. */
export function checkContainer(container: ContainerFields, pod: PodFields, report: Report): void {
  const { image, ports = [], resources = {}, securityContext = {}, workingDir } = container;
  if (workingDir !== undefined && !workingDir.startsWith('/'))
    report.fault(['workingDir'], invalidValue(workingDir, 'must be an absolute path'));
  if (image !== image.trim()) {
    report.fault(['image'], invalidValue(image, 'must not have leading or trailing whitespace'));
  }
  checkPortNames(ports, report);
  checkEnvironment(container, pod, report);
  checkMounts(container, pod, report);
  checkHandlers(container, pod, report);
  checkResources(resources, report.at('resources'));
  checkSecurity(securityContext, report.at('securityContext'));
}

function checkPortNames(ports: NonNullable<ContainerFields['ports']>, report: Report): void {
  const seen = new Set<string>();
  for (const [index, { name }] of ports.entries()) {
    if (name === undefined) continue;
    if (seen.has(name)) report.fault(['ports', index, 'name'], duplicateValue(name));
    seen.add(name);
  }
}

function checkResources({ limits = {}, requests = {} }: ResourceFields, report: Report): void {
  for (const name of Object.keys(limits)) {
    checkResource(name, limits[name] ?? '', report.at('limits', name));
    if (name === 'cpu') checkProcessors(limits[name] ?? '', report.at('limits', name));
    if (!ACTED_ON.includes(name)) {
      report.refuseField(['limits', name], 'only cpu and memory can be limited');
    }
  }
  for (const [name, amount] of Object.entries(requests)) {
    checkResource(name, amount, report.at('requests', name));
    const limit = Object.hasOwn(limits, name) ? limits[name] : undefined;
    if (limit !== undefined && (nanoOf(amount) ?? 0n) > (nanoOf(limit) ?? 0n)) {
      report.fault(
        ['requests', name],
        invalidValue(amount, `must be less than or equal to ${name} limit of ${limit}`),
      );
    }
  }
  if (Object.keys(requests).length > 0)
    report.ignore(['requests'], 'one machine has no scheduler that reserves resources');
}

const ACTED_ON = ['cpu', 'memory'];
const STANDARD = [...ACTED_ON, 'ephemeral-storage'];

/** `report` is at the resource. */
function checkResource(name: string, amount: string, report: Report): void {
  if (!STANDARD.includes(name) && !/^hugepages-.|^[^/]+\/[^/]+$/.test(name)) {
    const why = `must be a standard resource type or fully qualified${didYouMean(name, STANDARD)}`;
    report.fault([], invalidValue(name, why), 'key');
  }
  if ((nanoOf(amount) ?? 0n) < 0n)
    report.fault([], invalidValue(amount, 'must be greater than or equal to 0'));
}

/** The kernel refuses a larger limit, but only after everything else of the pod was created. */
function checkProcessors(amount: string, report: Report): void {
  const most = RANGES.milliCpu.most;
  if ((nanoOf(amount) ?? 0n) > BigInt(most) * 1_000_000n)
    report.fault([], invalidValue(amount, `must be at most ${most}m`));
}

function checkSecurity(security: SecurityFields, report: Report): void {
  if (security.allowPrivilegeEscalation !== false) return;
  const conflict = security.privileged
    ? '`privileged` to true'
    : security.capabilities?.add?.includes('CAP_SYS_ADMIN') && '`capabilities.Add` CAP_SYS_ADMIN';
  if (conflict) {
    const why = `cannot set \`allowPrivilegeEscalation\` to false and ${conflict}`;
    report.fault(['allowPrivilegeEscalation'], invalidValue(false, why));
  }
}
