import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { filtersBridges } from '../net/bridge-filter.ts';
import { deviceExists } from '../net/device.ts';
import type { Operation } from '../net/operations.ts';
import { type NetworkRecord, networkNames, readMaybeNetwork } from '../net/record.ts';
import type { Host } from '../pod/host.ts';
import { refuseForeignState } from '../pod/lock-pod.ts';
import { asWork } from '../pod/unfinished.ts';
import { directoryEntries } from '../sys/directory-entries.ts';
import { tryLock } from '../sys/lock.ts';
import { LockedDirectory } from '../sys/locked-directory.ts';
import { bootId, isRunning, readMaybe } from '../sys/procfs.ts';
import { hasDnsPod, isDns, restartDns, stopDns, writeNames } from './dns.ts';
import { candidates, endpointsOf, serves } from './endpoints.ts';
import { pointPods } from './point-pods.ts';
import { syncPolicies } from './policy-sync.ts';
import { NOTHING, presentIn } from './present.ts';
import { dropProxy, ensureProxy } from './proxy.ts';
import {
  endpointsFile,
  hasServices,
  type ProxyRecord,
  proxyOwner,
  readEndpoints,
  readProxy,
  readServices,
  type ServiceRecord,
  serviceFile,
  servicesDirectory,
} from './record.ts';
import { endpointChain, type Facts, isAddressed, rulesText, type ServedPort } from './ruleset.ts';

/** What the rules said last, as a hash: where nothing has changed, nothing is asked of the kernel but whether they are there. */
const LAST = '.rules';

/** Runs `body` with the Services' lock held: no sync runs meanwhile. */
export async function withServices<T>(host: Host, root: string, body: () => Promise<T>): Promise<T> {
  const directory = new LockedDirectory(root, 'services', host.kernel, host.files);
  const here = () => {
    refuseForeignState(host, root);
    return body();
  };
  return asWork(host, root, () => directory.locked('exclusive', here));
}

/** Brings the kernel's rules to what the records say. Costs nothing where there are neither Services nor NetworkPolicies. */
export async function syncServices(host: Host, root: string): Promise<void> {
  await syncPolicies(host, root);
  const needsRestart = hasServices(root) && (await withServices(host, root, () => syncLocked(host, root)));
  await settleDns(host, root, needsRestart);
}

/** The server of names starts once more, or goes with the last Service. Without the lock: it is a pod. */
export async function settleDns(host: Host, root: string, needsRestart: boolean): Promise<void> {
  if (needsRestart) await restartDns(host, root);
  if (hasServices(root) || !hasDnsPod(root)) return;
  await stopDns(host, root);
  pointPods(host, root, undefined);
}

/**
 * The same for a shim, of which a hundred may ask at once: one syncs and one waits, and whoever else comes leaves it to the
 * one that waits, because that one has not looked yet. Where the Services have gone meanwhile nothing is left.
 */
export async function syncQueued(host: Host, root: string): Promise<void> {
  const place = join(servicesDirectory(root), '.queue');
  if (!hasServices(root)) return;
  const fd = host.files.open(place, 'lock');
  if (!tryLock(host.kernel, fd, 'exclusive', 'the one place in the queue')) return host.files.close(fd);
  await withServices(host, root, async () => {
    host.files.remove(place);
    host.files.close(fd);
    await syncLocked(host, root);
  });
}

/** The same for who has the lock. Twice is fine, and a sync that was killed is repeated by the next one. True: the DNS server must start once more. */
export async function syncLocked(host: Host, root: string): Promise<boolean> {
  host.transcript.step = 'service';
  const services = sweep(host, root);
  if (services.length === 0) {
    await dropProxy(host, root);
    for (const path of leftIn(root, /./)) host.files.removeTree(path);
    return false;
  }
  const proxy = await ensureProxy(host, root);
  const needsRestart = writeNames(host, root, services);
  const networks = networksHere(root);
  const podSubnets = networks.map(({ subnet }) => subnet);
  const unfilteredSubnets = filtersBridges(host)
    ? []
    : networks.filter(({ bridge }) => bridge !== undefined).map(({ subnet }) => subnet);
  const facts = { proxy, podSubnets, unfilteredSubnets, served: servedPorts(root, services) };
  const hash = createHash('sha256')
    .update(JSON.stringify([facts, networks]))
    .digest('hex');
  const present = await presentIn(host, proxy.table, proxyOwner(proxy));
  if (present && readMaybe(lastFile(root)) === hash) return needsRestart;
  const known = present ?? NOTHING;
  await host.nft.apply(rulesText(facts, known), RULES);
  await host.net.apply([...routes(proxy, networks), ...hairpins(facts)]);
  forgetUdp(host, facts, known.chains);
  host.files.replace(lastFile(root), hash);
  return needsRestart;
}

/** Removes what a killed `up` has not let go, all of another boot, and what a killed writer has left. What is left are the Services. */
function sweep({ files, instance }: Host, root: string): ServiceRecord[] {
  for (const path of leftIn(root, /\.\d+$/)) files.remove(path);
  const isStale = (readProxy(root)?.instance.bootId ?? bootId()) !== instance(root).bootId;
  const all = readServices(root);
  const kept = all.filter(({ maker }) => !isStale && (maker === undefined || isRunning(maker)));
  // The server of names is there for others.
  const left = kept.every(isDns) ? [] : kept;
  for (const service of all.filter((each) => !left.includes(each))) files.remove(serviceFile(root, service));
  for (const given of readEndpoints(root)) {
    const isOrphan = !left.some(
      ({ name, namespace }) => name === given.service && namespace === given.namespace,
    );
    if (isOrphan || isStale || (given.maker && !isRunning(given.maker)))
      files.remove(endpointsFile(root, given));
  }
  return left;
}

function leftIn(root: string, names: RegExp): string[] {
  const directory = servicesDirectory(root);
  return directoryEntries(directory)
    .filter((name) => names.test(name))
    .map((name) => join(directory, name));
}

const RULES =
  'one transaction: a ClusterIP is an address that nobody has; a packet to it gets the address of one of the pods behind it';

function lastFile(root: string): string {
  return join(servicesDirectory(root), LAST);
}

/** Without a default route this host itself would not know where to send a packet to a ClusterIP. */
function routes({ cidr }: ProxyRecord, networks: readonly NetworkHere[]): Operation[] {
  const [bridge] = networks.flatMap((network) => network.bridge ?? []);
  return bridge === undefined ? [] : [{ do: 'setFirstRoute', destination: cidr, name: bridge }];
}

/** Where frames of a bridge pass nftables (br_netfilter), one of a pod to itself would leave by the port that it came from. */
function hairpins({ served }: Facts): Operation[] {
  const ports = new Set(
    served.flatMap(({ endpoints }) => endpoints.flatMap(({ bridgePort }) => bridgePort ?? [])),
  );
  return [...ports].filter(deviceExists).map((name) => ({ do: 'setHairpin', name }));
}

/** Each port of each Service with its endpoints that get packets. */
function servedPorts(root: string, services: readonly ServiceRecord[]): ServedPort[] {
  const pods = candidates(root);
  return services.flatMap((service) =>
    service.ports.map((port) => ({
      service,
      port,
      endpoints: endpointsOf(service, port, pods).filter((endpoint) => serves(service, endpoint)),
    })),
  );
}

type NetworkHere = Pick<NetworkRecord, 'uid' | 'subnet' | 'bridge'>;

function networksHere(root: string): NetworkHere[] {
  return networkNames(root).flatMap((name) => {
    const network = readMaybeNetwork(root, name);
    if (!network?.ready) return [];
    const { uid, subnet, bridge } = network;
    return [{ uid, subnet, ...(bridge !== undefined && { bridge }) }];
  });
}

/** The kernel goes on translating a UDP flow as its first packet was, also when that endpoint is gone. */
function forgetUdp(host: Host, { served }: Facts, chains: ReadonlySet<string>): void {
  const udp = served.filter(({ service, port }) => port.protocol === 'udp' && isAddressed(service));
  const wanted = new Set(udp.flatMap((each) => each.endpoints.map((end) => endpointChain(each, end))));
  const lost = [...chains].filter((name) => /^endpoint-.*\/udp\//.test(name) && !wanted.has(name));
  if (lost.length === 0) return;
  host.conntrack.forget(
    udp.flatMap(({ port: { nodePort } }) =>
      nodePort === undefined ? [] : [{ protocol: 'udp', hostPort: nodePort, podPort: nodePort }],
    ),
    host.warn,
  );
  host.conntrack.forgetAt(
    udp.map(({ service, port }) => ({ address: service.clusterIP ?? '', port: port.port })),
    host.warn,
  );
}
