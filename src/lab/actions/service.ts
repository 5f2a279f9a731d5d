import type { Host } from '../../pod/host.ts';
import { applyServices, removeServices, serveNames } from '../../service/apply.ts';
import { readProxy, type ServiceRecord } from '../../service/record.ts';
import { endpointChain, serviceChain } from '../../service/ruleset.ts';
import { syncServices } from '../../service/sync.ts';
import type { EndpointsSpec } from '../../spec/endpoints-spec.ts';
import type { ServiceSpec } from '../../spec/service-spec.ts';
import { OperationError } from '../../sys/errors.ts';
import { listeners } from '../evidence/network-evidence.ts';
import type { LabSession } from '../lab-session.ts';
import { SessionValue } from '../session-value.ts';

/** Answers with the name of its pod and the source address of the request. */
const NAME_SERVER = `mkdir -p /tmp/www/cgi-bin
printf '#!/bin/sh\\necho\\necho $(hostname) saw $REMOTE_ADDR\\n' > /tmp/www/cgi-bin/who
chmod +x /tmp/www/cgi-bin/who
echo hello > /tmp/www/index.html
exec busybox httpd -f -p 80 -h /tmp/www`;

export interface LabelledPodOptions {
  /** The role of its network. */
  readonly network: string;
  /** The label `app`, which selectors find. */
  readonly app: string;
  /** Default: an HTTP server on port 80. */
  readonly command?: readonly string[];
  /** The pod is ready as long as this file is there. */
  readonly readyFile?: string;
  /** A port of the host that leads to port 80. */
  readonly hostPort?: number;
}

/** Creates a pod with a label, as a manifest declares it. Its container is called `c`. */
export async function labelledPod(
  session: LabSession,
  role: string,
  { network, app, command, readyFile, hostPort }: LabelledPodOptions,
): Promise<void> {
  const probe = { exec: { command: ['test', '-e', readyFile] }, periodSeconds: 1, failureThreshold: 1 };
  const container = {
    name: 'c',
    image: 'busybox',
    command: command ?? ['sh', '-c', NAME_SERVER],
    ...(readyFile !== undefined && { readinessProbe: probe }),
    ...(hostPort !== undefined && { ports: [{ containerPort: 80, hostPort }] }),
  };
  const manifest = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: session.nameOf(role), labels: { app: session.nameOf(app) } },
    spec: { hostname: role, terminationGracePeriodSeconds: 0, containers: [container] },
  };
  await session.podFromManifest(role, manifest, network);
  if (command === undefined)
    await session.until(listeners(role), (rows) => rows.some(({ port }) => port === 80));
}

/** When the lab is undone, the rules of other Services are brought to what is left: the first device of their route may go. */
export async function syncAtTheEnd(session: LabSession): Promise<void> {
  session.addUndo(async () => syncServices(await session.host(), session.root));
}

/** A Service of a lab: for the pods with the label `app`, or for endpoints that are given by hand. */
export type LabServiceOptions = Partial<Pick<ServiceSpec, 'clusterIP' | 'ports' | 'publishNotReady'>> &
  ({ readonly app: string } | { readonly given: EndpointsSpec['subsets'] }) & {
    /** Through which its rules are made. */
    readonly host?: Host;
  };

/** Creates a Service, or changes it. Without other words it leads TCP port 80 to port 80. */
export async function makeService(
  session: LabSession,
  role: string,
  { host: through, ...options }: LabServiceOptions,
): Promise<void> {
  const host = through ?? (await session.host());
  const [name, namespace] = [session.nameOf(role), 'default'];
  const { clusterIP, ports, publishNotReady } = options;
  const spec: ServiceSpec = {
    ...{ name, namespace, type: 'ClusterIP' },
    ports: ports ?? [{ protocol: 'tcp', port: 80, targetPort: 80 }],
    ...(clusterIP !== undefined && { clusterIP }),
    ...(publishNotReady !== undefined && { publishNotReady }),
    ...('app' in options && { selector: { app: session.nameOf(options.app) } }),
  };
  const given = 'given' in options ? [{ name, namespace, service: name, subsets: options.given }] : [];
  const { services, ...applied } = await applyServices(host, session.root, [spec], given);
  const before = records.of(session).get(role);
  session.addUndo(async () => {
    if (before) await applyServices(host, session.root, [before]);
    remember(session, role, before);
    await removeServices(host, session.root, applied.made, applied.given);
    await syncServices(host, session.root);
  });
  await syncServices(host, session.root);
  remember(session, role, services[0]);
}

function remember(session: LabSession, role: string, service: ServiceRecord | undefined): void {
  const known = new Map(records.of(session));
  if (service) known.set(role, service);
  else known.delete(role);
  records.set(session, known);
}

/** Starts the server of names, where there is none yet. It goes with the last Service. */
export async function startNames(session: LabSession): Promise<string> {
  const host = await session.host();
  const address = await serveNames(host, session.root);
  // Its own pod runs only now.
  await syncServices(host, session.root);
  if (address === undefined) throw new OperationError('this machine has no server of names: dnsmasq-base');
  return address;
}

/** Brings the rules and the names to the pods that are ready now. */
export async function sync(session: LabSession): Promise<void> {
  await syncServices(await session.host(), session.root);
}

/** The ClusterIP of a Service. */
export function clusterIPOf(session: LabSession, role: string): string {
  return recordOf(session, role).clusterIP ?? '';
}

/** The nft table of all Services. */
export function serviceTable(session: LabSession): string {
  const table = readProxy(session.root)?.table;
  if (table === undefined) throw new OperationError('this lab has no Service yet');
  return table;
}

/** The chain that chooses one of the pods. */
export function chainOf(session: LabSession, role: string): string {
  const service = recordOf(session, role);
  return serviceChain({ service, port: firstPort(service) });
}

/** The chain that leads to one pod. */
export function endpointChainOf(session: LabSession, role: string, pod: string): string {
  const service = recordOf(session, role);
  const port = firstPort(service);
  const address = session.podOf(pod).address ?? '';
  const target = Number(port.targetPort);
  return endpointChain({ service, port }, { pod, address, port: target, ready: true });
}

function recordOf(session: LabSession, role: string): ServiceRecord {
  const service = records.of(session).get(role);
  if (!service) throw new OperationError(`this lab has no Service "${role}" yet`);
  return service;
}

function firstPort({ name, ports }: ServiceRecord): ServiceRecord['ports'][number] {
  const [port] = ports;
  if (!port) throw new OperationError(`Service "${name}" has no port`);
  return port;
}

/** The Services of a session, by their roles. */
const records = new SessionValue<ReadonlyMap<string, ServiceRecord>>(new Map());
