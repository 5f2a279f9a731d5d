import { checkName, DEFAULT_NAMESPACE } from '../../spec/names.ts';
import type { InputError } from '../../sys/errors.ts';
import { invalidValue, requiredValue } from '../field-errors.ts';
import type { MetaFields } from '../kinds/meta.ts';
import { formatFault } from '../patterns.ts';
import type { Report } from '../report.ts';

/** Checks the labels and annotations of an object. `report` is at its metadata. */
export function checkMetadata({ labels = {}, annotations = {} }: MetaFields, report: Report): void {
  for (const [key, value] of Object.entries(labels)) {
    reportInvalid(formatFault('labelKey', key), key, ['labels', key], report);
    reportInvalid(formatFault('labelValue', value), value, ['labels', key], report);
  }
  for (const key of Object.keys(annotations)) {
    reportInvalid(formatFault('labelKey', key.toLowerCase()), key, ['annotations', key], report);
  }
  const size = Object.entries(annotations).flat().join('').length;
  if (size > MAX_ANNOTATED)
    report.fault(['annotations'], `Too long: must have at most ${MAX_ANNOTATED} bytes`);
}

/** The namespace of an object: its own, else that of `-n`. As with kubectl, the two must not differ. `report` is at its metadata. */
export function namespaceOf({ namespace }: MetaFields, wanted: string | undefined, report: Report): string {
  if (namespace !== undefined && wanted !== undefined && namespace !== wanted)
    report.fault(
      ['namespace'],
      `the namespace from the provided object ${JSON.stringify(namespace)} does not match the namespace ${JSON.stringify(wanted)}`,
    );
  return namespace ?? wanted ?? DEFAULT_NAMESPACE;
}

/** The name of a ConfigMap or Secret: any name that Kubernetes accepts. */
export function nameOf({ name }: MetaFields, report: Report): string | undefined {
  const wrong = name === undefined ? undefined : formatFault('subdomain', name);
  if (name === undefined)
    report.fault(['name'], requiredValue('nslab does not generate names from generateName'));
  reportInvalid(wrong, name, ['name'], report);
  return wrong ? undefined : name;
}

/** The name of a CronJob: the API server leaves room for the time that its Jobs have in their names. */
export function checkCronJobName({ name = '' }: MetaFields, report: Report): void {
  if (name.length > MAX_CRON_JOB_NAME)
    report.fault(['name'], invalidValue(name, `must be no more than ${MAX_CRON_JOB_NAME} characters`));
}

const MAX_CRON_JOB_NAME = 52;

/** The name of a pod. Stricter than Kubernetes: it becomes file names. */
export function podNameOf(meta: MetaFields, report: Report): string | undefined {
  const given = meta.name;
  const lower = given?.toLowerCase();
  if (given === undefined || lower === given || formatFault('subdomain', lower ?? '')) {
    return refuseUnusable(nameOf(meta, report), report);
  }
  // Old articles have names with capitals; the lower-case name is unambiguous.
  report.warn(
    ['name'],
    `Kubernetes says ${invalidValue(given, formatFault('subdomain', given) ?? '')}; read as "${lower}"`,
  );
  return refuseUnusable(lower, report);
}

/** Refuses a name that Kubernetes accepts and nslab cannot use. */
export function refuseUnusable(name: string | undefined, report: Report): string | undefined {
  if (name === undefined) return undefined;
  try {
    return checkName('pod', name);
  } catch (error) {
    const { message, hint } = error as InputError;
    report.fault(['name'], hint === undefined ? message : `${message}: ${hint}`);
    return undefined;
  }
}

function reportInvalid(wrong: string | undefined, value: unknown, path: string[], report: Report): void {
  if (wrong) report.fault(path, invalidValue(value, wrong));
}

const MAX_ANNOTATED = 256 * 1024;
