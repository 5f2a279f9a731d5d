import { join } from 'node:path';
import { addressAt, parseSubnet } from '../net/address.ts';
import { bringUp } from '../pod/bring-up.ts';
import type { Host } from '../pod/host.ts';
import { lockPod } from '../pod/lock-pod.ts';
import { isPod, podFiles, readMaybePod } from '../pod/store.ts';
import { takeDown } from '../pod/take-down.ts';
import { killWorkload, restartWorkload } from '../pod/workload.ts';
import { readWorkload } from '../pod/workload-record.ts';
import { qualifiedName } from '../spec/names.ts';
import type { ServiceSpec } from '../spec/service-spec.ts';
import type { PodPlan } from '../spec/workload-spec.ts';
import { readMaybe } from '../sys/procfs.ts';
import { signalProcess } from '../sys/signal.ts';
import { which } from '../sys/which.ts';
import { candidates, endpointsOf, serves } from './endpoints.ts';
import { configText, DOMAIN, hostsText, type NamedService } from './names.ts';
import { readServices, type ServiceRecord, servicesDirectory } from './record.ts';

// The DNS server of Services: dnsmasq in a pod of ours, as CoreDNS is a pod of a cluster. It reads a file of addresses that each
// sync writes, and passes what is not of the cluster on to the servers of this host.

/** The pod, its container, and the Service by whose address it is asked. */
const NAME = 'kube-dns';
const CONTAINER = 'dnsmasq';
const NAMESPACE = 'kube-system';
const LABELS = { 'k8s-app': NAME };
const POD = qualifiedName(NAMESPACE, NAME);

/** The tenth address of the service CIDR, as everywhere. */
const TENTH = 10;

export function dnsAddress(cidr: string): string {
  return addressAt(parseSubnet(cidr), TENTH);
}

export function dnsService(cidr: string): ServiceSpec {
  const port = { port: 53, targetPort: 53 };
  return {
    name: NAME,
    namespace: NAMESPACE,
    type: 'ClusterIP',
    clusterIP: dnsAddress(cidr),
    selector: LABELS,
    ports: [
      { name: 'dns', protocol: 'udp', ...port },
      { name: 'dns-tcp', protocol: 'tcp', ...port },
    ],
  };
}

export function isDns({ name, namespace }: Pick<ServiceSpec, 'name' | 'namespace'>): boolean {
  return name === NAME && namespace === NAMESPACE;
}

/** Whether the server's pod is there. Another pod may have its name. */
export function hasDnsPod(root: string): boolean {
  if (!isPod(root, POD)) return false;
  const { manifest } = readMaybePod(root, POD)?.intent ?? {};
  const { metadata } = (manifest ?? {}) as { readonly metadata?: { readonly namespace?: string } };
  return metadata?.namespace === NAMESPACE;
}

export function canServeNames(): boolean {
  return which('dnsmasq') !== undefined;
}

/** Starts the server. Its files are there already. */
export async function startDns(host: Host, root: string): Promise<void> {
  const pod = await bringUp(host, root, planOf(root));
  try {
    await pod.detach();
  } finally {
    pod.pod.release();
  }
}

export async function stopDns(host: Host, root: string): Promise<void> {
  if (hasDnsPod(root)) await takeDown(host, root, [POD]);
}

function planOf(root: string): PodPlan {
  const command = [
    ...[
      'dnsmasq',
      '--keep-in-foreground',
      '--no-hosts',
      '--hostsdir=/names',
      '--conf-file=/config/dnsmasq.conf',
    ],
    ...[`--local=/${DOMAIN}/`, '--user=root', '--group=root', '--pid-file=', '--log-facility=-'],
    // A name of the cluster may mean another pod a moment later.
    '--local-ttl=0',
  ];
  const joined = { of: POD };
  const volume = (name: string) => ({
    source: join(servicesDirectory(root), name),
    target: `/${name}`,
    readOnly: true,
  });
  return {
    spec: {
      name: POD,
      manifest: {
        kind: 'Pod',
        metadata: { name: NAME, namespace: NAMESPACE, labels: LABELS, annotations: {} },
        spec: { containers: [{ name: CONTAINER }] },
      },
    },
    workloads: () => [
      {
        name: CONTAINER,
        command,
        origins: { net: joined, ipc: joined, uts: joined, pid: 'new' },
        volumes: [volume('names'), volume('config')],
        restart: 'always',
        grace: 1,
      },
    ],
  };
}

/** What the server reads: addresses at any time, the rest at its start. True when it must start once more for that. */
export function writeNames(host: Host, root: string, services: readonly ServiceRecord[]): boolean {
  const { files } = host;
  const directory = servicesDirectory(root);
  const names = join(directory, 'names');
  for (const path of [names, join(directory, 'config')]) files.makeDirectory(path, 0o755);
  const isNew = publish(host, root, 'names/services', hostsText(named(root, services)));
  const isOther = publish(host, root, 'config/dnsmasq.conf', configText(services));
  const process = hasDnsPod(root) ? readWorkload(podFiles(root, POD), CONTAINER)?.process : undefined;
  if (isNew && process)
    signalProcess(host.kernel, process, 'SIGHUP', 'the DNS server reads the addresses anew');
  return isOther;
}

/** For the settings that it reads at its start alone. */
export async function restartDns(host: Host, root: string): Promise<void> {
  if (!hasDnsPod(root)) return;
  const pod = await lockPod(host, root, POD);
  if (pod === undefined || pod === 'busy') return;
  try {
    const server = readWorkload(pod.files, CONTAINER);
    if (!server) return;
    await killWorkload(host, server);
    const again = await restartWorkload(host, root, pod, server);
    await again.stay();
  } finally {
    pod.release();
  }
}

/** Moved into place from beside: the server would read a draft, too. True when it is another text. */
function publish({ files }: Host, root: string, name: string, text: string): boolean {
  const path = join(servicesDirectory(root), name);
  if (readMaybe(path) === text) return false;
  const draft = join(servicesDirectory(root), '.draft');
  files.replace(draft, text, 0o644);
  files.rename(draft, path, 'what the DNS server of Services reads');
  return true;
}

function named(root: string, services: readonly ServiceRecord[]): NamedService[] {
  const pods = candidates(root);
  return services.map((service) => {
    const endpoints = endpointsOf(service, service.ports[0], pods);
    return { service, endpoints: endpoints.filter((endpoint) => serves(service, endpoint)) };
  });
}

/** All Services but the server's own. */
export function ownServices(root: string): ServiceRecord[] {
  return readServices(root).filter((service) => !isDns(service));
}
