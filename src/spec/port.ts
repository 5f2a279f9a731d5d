import { InputError } from '../sys/errors.ts';

export type Protocol = 'tcp' | 'udp';

/** A published port: a port of the host, forwarded to a port of the pod. */
export interface PortMapping {
  readonly hostPort: number;
  readonly podPort: number;
  readonly protocol: Protocol;
}

/** Reads `HOST:POD[/udp]`. */
export function parsePort(text: string): PortMapping {
  const match = /^(\d{1,5}):(\d{1,5})(?:\/(tcp|udp))?$/.exec(text);
  const [hostPort, podPort] = [Number(match?.[1]), Number(match?.[2])];
  if (!match || ![hostPort, podPort].every((port) => port >= 1 && port <= 65535)) {
    throw new InputError(`"${text}" is not a published port`, {
      hint: 'HOST:POD[/udp], as in 8080:80, each from 1 to 65535',
    });
  }
  return { hostPort, podPort, protocol: (match[3] ?? 'tcp') as Protocol };
}
