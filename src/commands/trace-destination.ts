import { lookup } from 'node:dns/promises';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { parseAddress } from '../net/address.ts';
import { startExec } from '../pod/exec.ts';
import { addressesOf } from '../pod/record.ts';
import { isPod } from '../pod/store.ts';
import { findExecTarget, findTarget } from '../pod/target.ts';
import { candidates, endpointsOf } from '../service/endpoints.ts';
import { DOMAIN } from '../service/names.ts';
import { readServices, type ServiceRecord } from '../service/record.ts';
import { type ServicePort, serviceTitle } from '../spec/service-spec.ts';
import { InputError, OperationError } from '../sys/errors.ts';
import { readNumber } from '../sys/number.ts';
import type { ProbeProtocol } from '../sys/probe-socket.ts';
import type { Transcript } from '../transcript/transcript.ts';
import type { Asked } from './trace-words.ts';

/** Where the probe goes. */
export interface Destination {
  readonly protocol: ProbeProtocol;
  readonly to: string;
  /** 0 for ICMP. */
  readonly port: number;
  /** What DEST has been taken for: `Service web`, `pod b`; undefined for an address. */
  readonly name: string | undefined;
}

/** Reads DEST: an address, a pod, a Service by the names that DNS knows it by, or a name that the source's resolver is asked for. */
export async function findDestination(
  root: string,
  asked: Asked,
  transcript: Transcript,
): Promise<Destination> {
  const { to } = asked;
  if (/^[\d.]+$/.test(to)) return numbered(asked, parseAddress(to).address, undefined);
  if (to === 'localhost') return numbered(asked, '127.0.0.1', undefined);
  if (!SERVICE.test(to) && isPod(root, to.split('/')[0] ?? ''))
    return numbered(asked, podAddress(root, to), `pod ${to}`);
  const service = findService(root, asked);
  if (service?.externalName !== undefined) {
    const address = await askResolver(root, { ...asked, to: service.externalName }, transcript);
    return numbered(asked, address, `${titleOf(service)}, another name of ${service.externalName}`);
  }
  if (service) return ofService(root, asked, service);
  return numbered(
    asked,
    await askResolver(root, asked, transcript),
    `${to}, by the resolver of ${asked.from}`,
  );
}

const SERVICE = /^(svc|service|services)\//;

/** Without a protocol, a port means TCP, and none an echo request. */
function numbered(asked: Asked, to: string, name: string | undefined): Destination {
  const { port } = asked;
  const protocol = asked.protocol ?? (port === undefined ? 'icmp' : 'tcp');
  if ((protocol === 'icmp') !== (port === undefined))
    throw new InputError(
      protocol === 'icmp' ? 'icmp has no ports' : `${protocol} needs a port: ${asked.to}:PORT`,
    );
  return { protocol, to, port: port === undefined ? 0 : readNumber('port', port, 'port'), name };
}

function podAddress(root: string, to: string): string {
  const [address] = addressesOf(findTarget(root, to).pod.status);
  if (address === undefined)
    throw new OperationError(`pod "${to}" has no address`, { hint: 'see `nslab ps`' });
  return address;
}

/** By `svc/NAME`, or as DNS has it: NAME, NAME.NAMESPACE, NAME.NAMESPACE.svc, NAME.NAMESPACE.svc.cluster.local. */
function findService(root: string, { from, to }: Asked): ServiceRecord | undefined {
  const [name, namespace = namespaceOf(root, from), svc = 'svc', ...domain] = to
    .replace(SERVICE, '')
    .split('.');
  const isOurs = svc === 'svc' && ['', DOMAIN].includes(domain.join('.'));
  const found = isOurs
    ? readServices(root).find((each) => each.name === name && each.namespace === namespace)
    : undefined;
  if (!found && SERVICE.test(to))
    throw new OperationError(`no Service "${to.replace(SERVICE, '')}" in namespace ${namespace}`, {
      hint: 'see `nslab service ls`',
    });
  return found;
}

/** A bare name means what it means to the source. */
function namespaceOf(root: string, from: string): string {
  if (!isPod(root, from.split('/')[0] ?? '')) return 'default';
  const manifest = findTarget(root, from).pod.intent.manifest as
    | { readonly metadata?: { readonly namespace?: string } }
    | undefined;
  return manifest?.metadata?.namespace ?? 'default';
}

function ofService(root: string, asked: Asked, service: ServiceRecord): Destination {
  const name = titleOf(service);
  if (asked.protocol === 'icmp') return numbered(asked, addressOf(root, service, undefined), name);
  const port = choosePort(asked, service);
  const protocol = asked.protocol ?? port?.protocol ?? 'tcp';
  const wanted = port?.port ?? readNumber('port', asked.port ?? '', 'port');
  return { protocol, to: addressOf(root, service, port), port: wanted, name };
}

function titleOf(service: ServiceRecord): string {
  return `Service ${serviceTitle(service)}`;
}

/** By its name or number; or the only one. A number that the Service does not have is sent to it all the same. */
function choosePort({ port, protocol }: Asked, service: ServiceRecord): ServicePort | undefined {
  const ports = service.ports.filter((each) => protocol === undefined || each.protocol === protocol);
  if (port === undefined && ports.length === 1) return ports[0];
  const found = ports.find((each) => each.name === port || String(each.port) === port);
  if (found || /^\d+$/.test(port ?? '')) return found;
  const known = service.ports.map((each) => `${each.name ?? each.port} (${each.protocol} ${each.port})`);
  throw new InputError(
    `${titleOf(service)} has ${port === undefined ? 'several ports' : `no port "${port}"`}`,
    { hint: `one of ${known.join(', ')}` },
  );
}

/** A headless Service has none of its own: its name leads to a pod behind it. */
function addressOf(root: string, service: ServiceRecord, port: ServicePort | undefined): string {
  if (service.clusterIP !== undefined && service.clusterIP !== 'None') return service.clusterIP;
  const place = port ?? service.ports[0];
  const behind = place ? endpointsOf(service, place, candidates(root)) : [];
  const found = behind.find(({ ready }) => ready || service.publishNotReady);
  if (found) return found.address;
  throw new OperationError(`${titleOf(service)} has no address: it is headless, and no pod of it is ready`, {
    hint: 'see `nslab endpoints`',
  });
}

/** What a program of the source would get, by its own resolv.conf and hosts. */
async function askResolver(root: string, { from, to }: Asked, transcript: Transcript): Promise<string> {
  const isOurs = isPod(root, from.split('/')[0] ?? '');
  if (!isOurs && from !== 'host')
    throw new InputError(`"${to}" is neither a pod, a Service nor an IPv4 address`, {
      hint: `a name is asked for from \`host\` or a pod, not from ${from}`,
    });
  const address = isOurs ? await askInside(root, from, to, transcript) : await askHere(to);
  if (address !== undefined) return address;
  throw new OperationError(
    `the resolver of ${isOurs ? `pod "${from}"` : 'this host'} knows no address of "${to}"`,
    {
      hint: `it is neither a pod nor a Service here; see ${isOurs ? `nslab exec ${from} cat /etc/resolv.conf` : '/etc/resolv.conf'}`,
    },
  );
}

async function askHere(name: string): Promise<string | undefined> {
  return await lookup(name, { family: 4 }).then(
    ({ address }) => address,
    () => undefined,
  );
}

async function askInside(
  root: string,
  from: string,
  name: string,
  transcript: Transcript,
): Promise<string | undefined> {
  const { child, ended } = await startExec(transcript, findExecTarget(root, from), {
    command: ['getent', 'ahostsv4', name],
    input: 'none',
    output: 'pipe',
    tty: false,
    privileged: false,
  });
  const [said, status] = await Promise.all([text(child.stdout as Readable), ended()]);
  child.unref();
  return status === 0 ? /^\S+/.exec(said)?.[0] : undefined;
}
