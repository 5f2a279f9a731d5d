import { forbidden, invalidValue, requiredValue, show, unsupportedValue } from '../field-errors.ts';
import type { DeploymentFields } from '../kinds/deployment.ts';
import type { Report } from '../report.ts';
import { checkSelector, matches } from './selector.ts';

/** Reports what the API server refuses across the fields of a Deployment. `report` is at its spec. */
export function checkDeployment({ selector, template }: DeploymentFields['spec'], report: Report): void {
  const labels = template.metadata?.labels ?? {};
  if (!selector) {
    // extensions/v1beta1, which old articles use, had this default.
    report.warn(['selector'], `Kubernetes says ${requiredValue()}; nslab uses the labels of the template`);
  } else if (
    Object.keys({ ...selector.matchLabels }).length + (selector.matchExpressions?.length ?? 0) ===
    0
  ) {
    report.fault(['selector'], invalidValue({}, 'empty selector is invalid for deployment'));
  } else {
    checkSelector(selector, report.at('selector'));
    if (!matches(selector, labels)) {
      const why = '`selector` does not match template `labels`';
      report.fault(['template', 'metadata', 'labels'], `Invalid value: ${show(labels)}: ${why}`);
    }
  }
  const { restartPolicy, activeDeadlineSeconds } = template.spec;
  if (restartPolicy !== undefined && restartPolicy !== 'Always') {
    report.fault(['template', 'spec', 'restartPolicy'], unsupportedValue(restartPolicy, ['Always']));
  }
  if (activeDeadlineSeconds !== undefined) {
    const why = 'activeDeadlineSeconds in ReplicaSet is not Supported';
    report.fault(['template', 'spec', 'activeDeadlineSeconds'], forbidden(why), 'key');
  }
}
