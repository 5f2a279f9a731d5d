import { InputError } from '../sys/errors.ts';
import { parseNumber } from '../sys/number.ts';

export type Protocol = 'tcp' | 'udp';

/** A published port: a port of the host, forwarded to a port of the pod. */
export interface PortMapping {
  /** An IPv4 address of the host. Default: all of them. */
  readonly hostIP?: string;
  readonly hostPort: number;
  readonly podPort: number;
  readonly protocol: Protocol;
}

/** Reads `[ADDRESS:]HOST:POD[/udp]`, where both ports may be ranges of one length. */
export function parsePorts(text: string): PortMapping[] {
  const [, hostIP, host, lastHost, pod, lastPod, protocol = 'tcp'] = PATTERN.exec(text) ?? [];
  const [hosts, pods] = [rangeOf(host, lastHost), rangeOf(pod, lastPod)];
  if (hosts.length === 0 || hosts.length !== pods.length) {
    throw new InputError(`"${text}" is not a published port`, {
      hint: '[ADDRESS:]HOST:POD[/udp], as in 8080:80 or 127.0.0.1:8000-8010:9000-9010, each from 1 to 65535; ranges have one length',
    });
  }
  return hosts.map((hostPort, at) => ({
    ...(hostIP !== undefined && { hostIP }),
    hostPort,
    podPort: pods[at] as number,
    protocol: protocol.toLowerCase() as Protocol,
  }));
}

/** `127.0.0.1:8080/tcp` */
export function hostPortName({ hostIP, hostPort, protocol }: HostPort): string {
  return `${hostIP === undefined ? '' : `${hostIP}:`}${hostPort}/${protocol}`;
}

/** Whether both are the same port of the host: one that is published on all addresses is so on each. */
export function overlap(a: HostPort, b: HostPort): boolean {
  const shares = a.hostIP === undefined || b.hostIP === undefined || a.hostIP === b.hostIP;
  return shares && a.hostPort === b.hostPort && a.protocol === b.protocol;
}

/** The host's side of a published port. */
export type HostPort = Omit<PortMapping, 'podPort'>;

const PATTERN = /^(?:(\d+(?:\.\d+){3}):)?(\d+)(?:-(\d+))?:(\d+)(?:-(\d+))?(?:\/(tcp|udp))?$/i;

/** None where a number is no port, or the range is empty. */
function rangeOf(first = '', last = first): number[] {
  const [from, to] = [parseNumber(first, 'port'), parseNumber(last, 'port')];
  if (from === undefined || to === undefined || to < from) return [];
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}
