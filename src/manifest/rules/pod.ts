import { duplicateValue, forbidden, invalidValue, requiredValue } from '../field-errors.ts';
import type { ContainerFields } from '../kinds/container.ts';
import type { PodFields } from '../kinds/pod.ts';
import type { Report } from '../report.ts';
import { checkContainer } from './container.ts';
import { containersOf, type LocatedContainer } from './containers.ts';
import { checkNetwork } from './network-rules.ts';
import { checkNuls } from './nul.ts';
import { checkVolumes } from './volume.ts';

/** Reports what the API server refuses across the fields of a pod. `report` is at its spec. */
export function checkPod(spec: PodFields, report: Report): void {
  if (spec.containers.length === 0) report.fault(['containers'], requiredValue());
  const containers = containersOf(spec);
  if (containers.length > MAX_CONTAINERS) {
    report.fault(
      ['containers'],
      `${containers.length} containers are too many for one pod: at most ${MAX_CONTAINERS}`,
    );
    return;
  }
  checkNames(containers, report);
  for (const { container, path, init } of containers) {
    checkContainer(container, spec, report.at(...path));
    if (init) checkInit(container, report.at(...path));
    else if (container.restartPolicy)
      report.refuseField([...path, 'restartPolicy'], 'only an init container may have it: a sidecar');
  }
  if (spec.hostPID && spec.shareProcessNamespace) {
    const why = 'ShareProcessNamespace and HostPID cannot both be enabled';
    report.fault(['shareProcessNamespace'], invalidValue(true, why));
  }
  checkNuls(spec, report);
  checkNetwork(spec, report);
  checkVolumes(spec, report);
}

/** A shim and some ten descriptors each, which are open at the same time while a pod is made. */
const MAX_CONTAINERS = 250;

function checkNames(containers: readonly LocatedContainer[], report: Report): void {
  const seen = new Set<string>();
  for (const { container, path } of containers) {
    if (seen.has(container.name)) report.fault([...path, 'name'], duplicateValue(container.name));
    seen.add(container.name);
  }
}

/** An init container runs to completion, so it has no probes and hooks. A sidecar (restartPolicy Always) may have them. */
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
