import type { JobFields } from '../kinds/job.ts';
import type { Report } from '../report.ts';
import { requiredValue, unsupportedValue } from '../wording.ts';

/** What the API server refuses in a Job whose fields are each right by themselves. `report` is at its spec. */
export function checkJob({ template }: JobFields['spec'], report: Report): void {
  const { restartPolicy } = template.spec;
  const path = ['template', 'spec', 'restartPolicy'];
  if (restartPolicy === undefined) report.fault(path, requiredValue('valid values: "OnFailure", "Never"'));
  if (restartPolicy === 'Always') report.fault(path, unsupportedValue(restartPolicy, ['OnFailure', 'Never']));
}
