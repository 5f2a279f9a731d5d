import { isIPv4 } from 'node:net';
import { duplicateValue, forbidden, invalidValue, requiredValue } from '../field-errors.ts';
import type { ServiceFields } from '../kinds/service.ts';
import { formatFault } from '../patterns.ts';
import type { Report } from '../report.ts';

type Spec = ServiceFields['spec'];

/** Reports what the API server refuses in a Service. `report` is at its spec. pkg/apis/core/validation/validation.go: ValidateService */
export function checkService(spec: Spec, report: Report): void {
  const { type = 'ClusterIP', clusterIP = '', externalName, selector = {}, ports = [] } = spec;
  const isHeadless = clusterIP === 'None';
  if (type === 'ExternalName') {
    if (externalName === undefined) report.fault(['externalName'], requiredValue());
    if (clusterIP !== '') report.fault(['clusterIP'], forbidden('may not be set for ExternalName services'));
  } else if (ports.length === 0 && !isHeadless) report.fault(['ports'], requiredValue());
  if (clusterIP !== '' && !isHeadless && !isIPv4(clusterIP))
    report.fault(
      ['clusterIP'],
      invalidValue(clusterIP, 'must be a valid IP address, (e.g. 10.9.8.7), or None'),
    );
  if (isHeadless && type === 'NodePort')
    report.fault(['clusterIP'], invalidValue(clusterIP, "may not be set to 'None' for NodePort services"));
  for (const [key, value] of Object.entries(selector)) {
    for (const wrong of [formatFault('labelKey', key), formatFault('labelValue', value)])
      if (wrong) report.fault(['selector', key], invalidValue(value, wrong));
  }
  checkPorts(spec, report);
}

function checkPorts({ ports = [], type }: Spec, report: Report): void {
  const names = new Set<string>();
  const numbers = new Set<string>();
  for (const [index, { name, port, protocol = 'TCP', nodePort }] of ports.entries()) {
    const at = report.at('ports', index);
    if (ports.length > 1 && name === undefined) at.fault(['name'], requiredValue());
    if (name !== undefined && names.has(name)) at.fault(['name'], duplicateValue(name));
    if (numbers.has(`${protocol} ${port}`)) at.fault([], duplicateValue(`${protocol} ${port}`));
    if (nodePort && type !== 'NodePort')
      at.fault(['nodePort'], forbidden("may not be used when `type` is 'ClusterIP'"));
    if (name !== undefined) names.add(name);
    numbers.add(`${protocol} ${port}`);
  }
}
