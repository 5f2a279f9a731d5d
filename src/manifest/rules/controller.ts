import { matches } from '../../spec/selector.ts';
import { forbidden, invalidValue, requiredValue, show, unsupportedValue } from '../field-errors.ts';
import type { DeploymentFields } from '../kinds/deployment.ts';
import type { SelectorFields } from '../kinds/meta.ts';
import type { Report } from '../report.ts';
import { checkSelector } from './selector.ts';

interface ControllerSpec extends Pick<DeploymentFields['spec'], 'template'> {
  /** A ReplicationController has the labels themselves. */
  readonly selector?: SelectorFields | Readonly<Record<string, string>>;
}

type ControllerKind = 'Deployment' | 'ReplicaSet' | 'ReplicationController' | 'DaemonSet' | 'StatefulSet';

/** Reports what the API server refuses across the fields of a kind that keeps pods running. `report` is at its spec. */
export function checkController(
  kind: ControllerKind,
  { selector: given, template }: ControllerSpec,
  report: Report,
): void {
  const labels = template.metadata?.labels ?? {};
  const isOld = kind === 'ReplicationController';
  const selector = (isOld && given ? { matchLabels: given } : given) as SelectorFields | undefined;
  if (!selector) {
    // extensions/v1beta1, which old articles use, had this default; a ReplicationController still has it.
    if (!isOld)
      report.warn(['selector'], `Kubernetes says ${requiredValue()}; nslab uses the labels of the template`);
  } else if (isEmpty(selector)) {
    report.fault(['selector'], invalidValue({}, `empty selector is invalid for ${WORDS[kind]}`));
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
    const why = `activeDeadlineSeconds in ${kind === 'Deployment' ? 'ReplicaSet' : kind} is not Supported`;
    report.fault(['template', 'spec', 'activeDeadlineSeconds'], forbidden(why), 'key');
  }
}

/** What the API server calls them in this message. pkg/apis/apps/validation/validation.go */
const WORDS: Readonly<Record<ControllerKind, string>> = {
  Deployment: 'deployment',
  ReplicaSet: 'deployment',
  ReplicationController: 'replicationcontroller',
  DaemonSet: 'daemonset',
  StatefulSet: 'statefulset',
};

function isEmpty({ matchLabels = {}, matchExpressions = [] }: SelectorFields): boolean {
  return Object.keys(matchLabels).length + matchExpressions.length === 0;
}
