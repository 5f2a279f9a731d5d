import { duplicateValue, invalidValue, requiredValue, tooMany, unsupportedValue } from '../field-errors.ts';
import type { FailureRule, JobFields } from '../kinds/job.ts';
import type { Report } from '../report.ts';

/** Reports what the API server refuses across the fields of a Job. `report` is at its spec. */
export function checkJob(job: JobFields['spec'], report: Report): void {
  const { restartPolicy } = job.template.spec;
  const path = ['template', 'spec', 'restartPolicy'];
  if (restartPolicy === undefined) report.fault(path, requiredValue('valid values: "OnFailure", "Never"'));
  if (restartPolicy === 'Always') report.fault(path, unsupportedValue(restartPolicy, ['OnFailure', 'Never']));
  checkCounts(job, report);
  if (job.podFailurePolicy) checkFailurePolicy(job, report);
}

function checkFailurePolicy(
  { podFailurePolicy, template, backoffLimitPerIndex }: JobFields['spec'],
  report: Report,
): void {
  const rules = podFailurePolicy?.rules ?? [];
  const { restartPolicy, containers, initContainers = [] } = template.spec;
  const names = [...initContainers, ...containers].map(({ name }) => name);
  if (restartPolicy !== undefined && restartPolicy !== 'Never')
    report.fault(
      ['template', 'spec', 'restartPolicy'],
      invalidValue(restartPolicy, 'only "Never" is supported when podFailurePolicy is specified'),
    );
  const path = ['podFailurePolicy', 'rules'];
  if (rules.length > MOST_RULES) report.fault(path, tooMany(rules.length, MOST_RULES));
  for (const [index, { action, onExitCodes, onPodConditions = [] }] of rules.entries()) {
    const at = report.at(...path, index);
    if (action === 'FailIndex' && backoffLimitPerIndex === undefined)
      at.fault(['action'], invalidValue(action, 'requires the backoffLimitPerIndex to be set'));
    const isOne = (onExitCodes !== undefined) !== onPodConditions.length > 0;
    if (!isOne)
      at.fault(
        [],
        onExitCodes
          ? 'Invalid value: specifying both OnExitCodes and OnPodConditions is not supported'
          : 'Invalid value: specifying one of OnExitCodes and OnPodConditions is required',
      );
    if (onExitCodes) checkExitCodes(onExitCodes, names, at.at('onExitCodes'));
  }
}

function checkExitCodes(
  { containerName, operator, values }: NonNullable<FailureRule['onExitCodes']>,
  names: readonly string[],
  at: Report,
): void {
  if (containerName !== undefined && !names.includes(containerName))
    at.fault(
      ['containerName'],
      invalidValue(containerName, 'must be one of the container or initContainer names in the pod template'),
    );
  if (values.length === 0) at.fault(['values'], invalidValue(values, 'at least one value is required'));
  if (values.length > MOST_CODES) at.fault(['values'], tooMany(values.length, MOST_CODES));
  for (const [index, value] of values.entries()) {
    if (operator === 'In' && value === 0)
      at.fault(['values', index], invalidValue(value, 'must not be 0 for the In operator'));
    if (values.indexOf(value) !== index) at.fault(['values', index], duplicateValue(value));
  }
  if (values.some((value, index) => value < (values[index - 1] ?? value)))
    at.fault(['values'], invalidValue(values, 'must be ordered'));
}

/** pkg/apis/batch/validation/validation.go */
const MOST_RULES = 20;
const MOST_CODES = 255;

function checkCounts(
  { completions, completionMode, backoffLimitPerIndex }: JobFields['spec'],
  report: Report,
): void {
  const isIndexed = completionMode === 'Indexed';
  if (isIndexed && completions === undefined)
    report.fault(['completions'], requiredValue('when completion mode is Indexed'));
  if (backoffLimitPerIndex !== undefined && !isIndexed)
    report.fault(
      ['backoffLimitPerIndex'],
      invalidValue(backoffLimitPerIndex, 'requires indexed completion mode'),
    );
}
