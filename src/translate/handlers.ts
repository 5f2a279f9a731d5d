import type { ContainerFields, LifecycleFields, ProbeFields } from '../manifest/read.ts';
import type { Errand } from '../spec/workload-spec.ts';

type Hook = NonNullable<LifecycleFields['postStart']>;
type Deed = Pick<Hook, 'exec' | 'httpGet' | 'tcpSocket' | 'sleep'>;

/** What the shim does for a container besides running it: hooks and probes. `address`: where the pod listens. */
export function errandsOf(container: ContainerFields, address: string): Errand[] {
  const { lifecycle, startupProbe, livenessProbe, readinessProbe } = container;
  const to = (deed: Deed) => translateDeed(deed, container, address);
  const hook = (when: Errand['when'], it: Hook | undefined) => (it ? [{ when, deed: to(it) }] : []);
  const probe = (when: Errand['when'], it: ProbeFields | undefined) =>
    it ? [{ when, deed: to(it), ...rulesOf(it) }] : [];
  return [
    ...hook('post-start', lifecycle?.postStart),
    ...hook('pre-stop', lifecycle?.preStop),
    ...probe('startup', startupProbe),
    ...probe('liveness', livenessProbe),
    ...probe('readiness', readinessProbe),
  ];
}

/** The shim's defaults are Kubernetes'; 0 means the default, as there. */
function rulesOf(probe: ProbeFields): Partial<Errand> {
  const said = {
    delay: probe.initialDelaySeconds,
    period: probe.periodSeconds,
    timeout: probe.timeoutSeconds,
    grace: probe.terminationGracePeriodSeconds,
    success: probe.successThreshold,
    failure: probe.failureThreshold,
  };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined && value !== 0));
}

function translateDeed(
  { exec, httpGet, tcpSocket, sleep }: Deed,
  container: ContainerFields,
  address: string,
): Errand['deed'] {
  if (exec) return { exec: exec.command ?? [] };
  if (sleep) return { sleep: sleep.seconds };
  if (tcpSocket) return { tcp: `${numeric(tcpSocket.host, address)}:${portOf(tcpSocket.port, container)}` };
  const { host, path = '/', port, httpHeaders = [] } = httpGet as NonNullable<Deed['httpGet']>;
  // What may not stand in a request line is sent as a browser would. RFC 3986, 2.1
  const absolute = `/${path.replace(/^\//, '')}`.replace(/[^\x21-\x7e]/gu, encodeURIComponent);
  return {
    http: `${numeric(host, address)}:${portOf(port, container)}${absolute}`,
    headers: httpHeaders.map(({ name, value }) => `${name}: ${value}`),
  };
}

function numeric(host: string | undefined, address: string): string {
  return host === 'localhost' ? '127.0.0.1' : host || address;
}

/** A port by number, or by the name that one of the container's ports has. */
function portOf(port: string | number, { ports = [] }: ContainerFields): number {
  const named = ports.find(({ name }) => name === port);
  return named?.containerPort ?? Number(port);
}
