import { requiredValue, unsupportedValue } from '../field-errors.ts';
import type { JobFields } from '../kinds/job.ts';
import type { Report } from '../report.ts';

/** Reports what the API server refuses across the fields of a Job. `report` is at its spec. */
export function checkJob({ template }: JobFields['spec'], report: Report): void {
  const { restartPolicy } = template.spec;
  const path = ['template', 'spec', 'restartPolicy'];
  if (restartPolicy === undefined) report.fault(path, requiredValue('valid values: "OnFailure", "Never"'));
  if (restartPolicy === 'Always') report.fault(path, unsupportedValue(restartPolicy, ['OnFailure', 'Never']));
}
