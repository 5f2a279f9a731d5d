import { invalidValue } from '../field-errors.ts';
import type { ContainerFields } from '../kinds/container.ts';
import type { EnvFromFields, EnvVarFields, EnvVarSourceFields } from '../kinds/environment.ts';
import type { PodFields } from '../kinds/pod.ts';
import { formatFault } from '../patterns.ts';
import type { Report } from '../report.ts';
import { checkFieldRef, checkResourceRef } from './downward.ts';
import { checkOne } from './one-of.ts';

/** Reports what the API server refuses in the environment of a container. `report` is at the container. */
export function checkEnvironment(
  { env = [], envFrom = [] }: ContainerFields,
  pod: PodFields,
  report: Report,
): void {
  for (const [index, variable] of env.entries()) checkVariable(variable, pod, report.at('env', index));
  for (const [index, source] of envFrom.entries()) checkSource(source, report.at('envFrom', index));
}

function checkVariable({ value, valueFrom }: EnvVarFields, pod: PodFields, report: Report): void {
  if (!valueFrom) return;
  const at = report.at('valueFrom');
  checkOne({ ...valueFrom } satisfies EnvVarSourceFields, at, {
    none: 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`',
    many: 'may not have more than one field specified at a time',
  });
  if (value !== undefined) at.fault([], invalidValue('', 'may not be specified when `value` is not empty'));
  if (valueFrom.fieldRef) checkFieldRef(valueFrom.fieldRef, 'env', at.at('fieldRef'));
  if (valueFrom.resourceFieldRef)
    checkResourceRef(valueFrom.resourceFieldRef, pod, at.at('resourceFieldRef'));
}

function checkSource({ prefix, configMapRef, secretRef }: EnvFromFields, report: Report): void {
  const wrong = prefix === undefined ? undefined : formatFault('envName', prefix);
  if (wrong) report.fault(['prefix'], invalidValue(prefix, wrong));
  checkOne({ configMapRef, secretRef }, report, {
    none: 'must specify one of: `configMapRef` or `secretRef`',
    many: 'may not have more than one field specified at a time',
  });
}
