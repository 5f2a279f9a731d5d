import type { ContainerFields, LifecycleFields, ProbeFields } from '../manifest/read.ts';
import type { Handler, WorkloadSpec } from '../spec/workload-spec.ts';
import { InputError } from '../sys/errors.ts';
import { isProgram } from './programs.ts';

type Hook = NonNullable<LifecycleFields['postStart']>;
type Action = Pick<Hook, 'exec' | 'httpGet' | 'tcpSocket' | 'sleep'> & Pick<ProbeFields, 'grpc'>;

/** Translates the hooks and probes of a container. `address` is the pod's address, the default host of a handler. */
export function handlersOf(container: ContainerFields, address: string): Handler[] {
  const { lifecycle, startupProbe, livenessProbe, readinessProbe } = container;
  const to = (action: Action) => actionOf(action, container, address);
  const hook = (when: Handler['when'], it: Hook | undefined) => (it ? [{ when, action: to(it) }] : []);
  const probe = (when: Handler['when'], it: ProbeFields | undefined) =>
    it ? [{ when, action: to(it), ...rulesOf(it) }] : [];
  return [
    ...hook('post-start', lifecycle?.postStart),
    ...hook('pre-stop', lifecycle?.preStop),
    ...probe('startup', startupProbe),
    ...probe('liveness', livenessProbe),
    ...probe('readiness', readinessProbe),
  ];
}

/** The shim has Kubernetes' defaults. As in Kubernetes, 0 means the default. */
function rulesOf(probe: ProbeFields): Partial<Handler> {
  const numbers = {
    delay: probe.initialDelaySeconds,
    period: probe.periodSeconds,
    timeout: probe.timeoutSeconds,
    grace: probe.terminationGracePeriodSeconds,
    success: probe.successThreshold,
    failure: probe.failureThreshold,
  };
  return Object.fromEntries(
    Object.entries(numbers).filter(([, value]) => value !== undefined && value !== 0),
  );
}

function actionOf(
  { exec, httpGet, tcpSocket, grpc, sleep }: Action,
  container: ContainerFields,
  address: string,
): Handler['action'] {
  if (exec) return { exec: exec.command ?? [] };
  if (sleep) return { sleep: sleep.seconds };
  if (tcpSocket) return { tcp: `${numeric(tcpSocket.host, address)}:${portOf(tcpSocket.port, container)}` };
  if (grpc) return { grpc: `${address}:${grpc.port}/${grpc.service ?? ''}` };
  const { host, path = '/', port, scheme, httpHeaders = [] } = httpGet as NonNullable<Action['httpGet']>;
  // Characters that a request line must not contain are percent-encoded. RFC 3986, 2.1
  const absolute = `/${path.replace(/^\//, '')}`.replace(/[^\x21-\x7e]/gu, encodeURIComponent);
  return {
    http: `${numeric(host, address)}:${portOf(port, container)}${absolute}`,
    headers: httpHeaders.map(({ name, value }) => `${name}: ${value}`),
    ...(scheme === 'HTTPS' && { tls: true }),
  };
}

/** Where native/tls_client.c has it. */
const OPENSSL = '/usr/bin/openssl';

/** Refuses an HTTPS handler where there is no program that speaks TLS for it. */
export function refuseMissingOpenssl({ handlers = [] }: WorkloadSpec, where: string): void {
  if (isProgram(OPENSSL) || !handlers.some(({ action }) => 'http' in action && action.tls)) return;
  throw new InputError(`${where}: an HTTPS probe or hook needs ${OPENSSL}, which is not on this machine`, {
    hint: 'apt-get install openssl',
  });
}

function numeric(host: string | undefined, address: string): string {
  return host === 'localhost' ? '127.0.0.1' : host || address;
}

/** A port number, or the containerPort of that name. */
function portOf(port: string | number, { ports = [] }: ContainerFields): number {
  const named = ports.find(({ name }) => name === port);
  return named?.containerPort ?? Number(port);
}
