import { NETWORKS_ANNOTATION, readAttachments } from '../attachments.ts';
import { invalidValue } from '../field-errors.ts';
import type { MetaFields } from '../kinds/meta.ts';
import type { PodFields } from '../kinds/pod.ts';
import type { Report } from '../report.ts';

/** Checks the annotation that attaches a pod to further networks. `report` is at the pod's metadata. */
export function checkAttachments(
  { annotations = {} }: MetaFields,
  { hostNetwork }: PodFields,
  report: Report,
): void {
  const text = annotations[NETWORKS_ANNOTATION];
  if (!text) return;
  const path = ['annotations', NETWORKS_ANNOTATION];
  const { faults, unsupported } = readAttachments(text);
  for (const fault of faults) report.fault(path, invalidValue(text, fault));
  for (const why of unsupported) report.refuseValue(path, text, why);
  if (hostNetwork) report.refuseValue(path, text, "a pod with hostNetwork has the host's interfaces alone");
}
