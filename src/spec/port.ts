import { InputError } from '../sys/errors.ts';
import { parseNumber } from '../sys/number.ts';

export type Protocol = 'tcp' | 'udp';

/** A published port: a port of the host, forwarded to a port of the pod. */
export interface PortMapping {
  readonly hostPort: number;
  readonly podPort: number;
  readonly protocol: Protocol;
}

/** Reads `HOST:POD[/udp]`. */
export function parsePort(text: string): PortMapping {
  const match = /^(\d+):(\d+)(?:\/(tcp|udp))?$/.exec(text);
  const [hostPort, podPort] = [parseNumber(match?.[1] ?? '', 'port'), parseNumber(match?.[2] ?? '', 'port')];
  if (!match || hostPort === undefined || podPort === undefined) {
    throw new InputError(`"${text}" is not a published port`, {
      hint: 'HOST:POD[/udp], as in 8080:80, each from 1 to 65535',
    });
  }
  return { hostPort, podPort, protocol: (match[3] ?? 'tcp') as Protocol };
}
