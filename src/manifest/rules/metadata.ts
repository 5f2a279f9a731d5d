import { checkName } from '../../spec/names.ts';
import type { MetaFields } from '../kinds/meta.ts';
import { misfit } from '../patterns.ts';
import type { Report } from '../report.ts';
import { invalidValue, requiredValue } from '../wording.ts';

/** Checks the labels and annotations of an object. `report` is at its metadata. */
export function checkMetadata({ labels = {}, annotations = {} }: MetaFields, report: Report): void {
  for (const [key, value] of Object.entries(labels)) {
    complain(misfit('labelKey', key), key, ['labels', key], report);
    complain(misfit('labelValue', value), value, ['labels', key], report);
  }
  for (const key of Object.keys(annotations)) {
    complain(misfit('labelKey', key.toLowerCase()), key, ['annotations', key], report);
  }
  const size = Object.entries(annotations).flat().join('').length;
  if (size > MOST_ANNOTATED)
    report.fault(['annotations'], `Too long: must have at most ${MOST_ANNOTATED} bytes`);
}

/** The name of a ConfigMap or Secret: any that Kubernetes takes. */
export function nameOf({ name }: MetaFields, report: Report): string | undefined {
  const wrong = name === undefined ? undefined : misfit('subdomain', name);
  if (name === undefined) report.fault(['name'], requiredValue('none is made up here after generateName'));
  complain(wrong, name, ['name'], report);
  return wrong ? undefined : name;
}

/** The name of a pod, of which nslab wants more: it becomes a host name and the name of files. */
export function podNameOf(meta: MetaFields, report: Report): string | undefined {
  const given = meta.name;
  const lower = given?.toLowerCase();
  if (given === undefined || lower === given || misfit('subdomain', lower ?? '')) {
    return refuseUnusable(nameOf(meta, report), report);
  }
  // Written by many an article, and plain enough what is meant.
  report.warn(
    ['name'],
    `Kubernetes says ${invalidValue(given, misfit('subdomain', given) ?? '')}; read as "${lower}"`,
  );
  return refuseUnusable(lower, report);
}

/** Refuses a name that is right for Kubernetes and cannot be one here. */
export function refuseUnusable(name: string | undefined, report: Report): string | undefined {
  if (name === undefined) return undefined;
  if (misfit('dnsLabel', name)) {
    report.fault(
      ['name'],
      invalidValue(name, 'it becomes a host name and a file name here: at most 63 characters, and no "."'),
    );
    return undefined;
  }
  try {
    return checkName('pod', name);
  } catch (error) {
    report.fault(['name'], (error as Error).message);
    return undefined;
  }
}

function complain(wrong: string | undefined, value: unknown, path: string[], report: Report): void {
  if (wrong) report.fault(path, invalidValue(value, wrong));
}

const MOST_ANNOTATED = 256 * 1024;
