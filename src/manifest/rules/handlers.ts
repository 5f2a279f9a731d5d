import { invalidValue, notFound, requiredValue } from '../field-errors.ts';
import type { ContainerFields } from '../kinds/container.ts';
import type { HandlerFields, ProbeFields } from '../kinds/handlers.ts';
import type { PodFields } from '../kinds/pod.ts';
import type { Report } from '../report.ts';
import { checkOne } from './one-of.ts';

/** Reports what the API server refuses in the probes and hooks of a container. `report` is at the container. */
export function checkHandlers(container: ContainerFields, pod: PodFields, report: Report): void {
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
    const probe = container[name];
    if (!probe) continue;
    checkHandler(probe, container, pod, report.at(name));
    checkNumbers(probe, name, report.at(name));
  }
  for (const name of ['postStart', 'preStop'] as const) {
    const hook = container.lifecycle?.[name];
    if (hook) checkHandler(hook, container, pod, report.at('lifecycle', name));
  }
}

type AnyHandler = Pick<HandlerFields, 'exec' | 'httpGet' | 'tcpSocket' | 'sleep'> & Pick<ProbeFields, 'grpc'>;

function checkHandler(
  handler: AnyHandler,
  { ports = [] }: ContainerFields,
  pod: PodFields,
  report: Report,
): void {
  const { exec, httpGet, tcpSocket, grpc, sleep } = handler;
  checkOne({ exec, httpGet, tcpSocket, grpc, sleep }, report, HANDLERS);
  if (exec && !exec.command?.length) report.fault(['exec', 'command'], requiredValue());
  for (const [name, action] of Object.entries({ httpGet, tcpSocket })) {
    // The kubelet resolves the name only when it connects, so the probe would fail every time.
    if (typeof action?.port === 'string' && !ports.some((port) => port.name === action.port)) {
      report.fault([name, 'port'], notFound(action.port, 'no port of this container has that name'));
    }
  }
  const grace = pod.terminationGracePeriodSeconds ?? DEFAULT_GRACE;
  if (sleep && sleep.seconds > grace) {
    const why = `must be non-negative and less than terminationGracePeriodSeconds (${grace})`;
    report.fault(['sleep', 'seconds'], invalidValue(sleep.seconds, why));
  }
}

const HANDLERS = { none: 'must specify a handler type', many: 'may not specify more than 1 handler type' };

/** Kubernetes' default of terminationGracePeriodSeconds. */
const DEFAULT_GRACE = 30;

function checkNumbers(probe: ProbeFields, name: string, report: Report): void {
  const { successThreshold = 1, terminationGracePeriodSeconds } = probe;
  if (name !== 'readinessProbe' && successThreshold !== 1) {
    report.fault(['successThreshold'], invalidValue(successThreshold, 'must be 1'));
  }
  if (name === 'readinessProbe' && terminationGracePeriodSeconds !== undefined) {
    const why = 'must not be set for readinessProbes';
    report.fault(['terminationGracePeriodSeconds'], invalidValue(terminationGracePeriodSeconds, why));
  }
}
