import type { ContainerFields } from '../kinds/container.ts';
import type { PodFields } from '../kinds/pod.ts';
import type { Report } from '../report.ts';
import { duplicateValue, forbidden, invalidValue, requiredValue } from '../wording.ts';
import { checkContainer } from './container.ts';
import { checkNetwork } from './network-rules.ts';
import { containersOf, type Standing } from './standing.ts';
import { checkVolumes } from './volume.ts';

/** What the API server refuses in a pod whose fields are each right by themselves. `report` is at its spec. */
export function checkPod(spec: PodFields, report: Report): void {
  if (spec.containers.length === 0) report.fault(['containers'], requiredValue());
  const containers = containersOf(spec);
  checkNames(containers, report);
  for (const { container, path, init } of containers) {
    checkContainer(container, spec, report.at(...path));
    if (init) checkInit(container, report.at(...path));
    else if (container.restartPolicy)
      report.refuseField([...path, 'restartPolicy'], 'only an init container has one: a sidecar');
  }
  if (spec.hostPID && spec.shareProcessNamespace) {
    const why = 'ShareProcessNamespace and HostPID cannot both be enabled';
    report.fault(['shareProcessNamespace'], invalidValue(true, why));
  }
  checkNetwork(spec, report);
  checkVolumes(spec, report);
}

function checkNames(containers: readonly Standing[], report: Report): void {
  const seen = new Set<string>();
  for (const { container, path } of containers) {
    if (seen.has(container.name)) report.fault([...path, 'name'], duplicateValue(container.name));
    seen.add(container.name);
  }
}

/** An init container ends before anybody could ask how it is. One that does not end is a sidecar. */
function checkInit(container: ContainerFields, report: Report): void {
  if (container.restartPolicy === 'Always') return;
  for (const field of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
    if (container[field]) {
      report.fault(
        [field],
        forbidden('may not be set for init containers without restartPolicy=Always'),
        'key',
      );
    }
  }
}
