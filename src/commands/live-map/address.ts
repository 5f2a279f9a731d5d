import { BlockList, isIP } from 'node:net';
import { InputError } from '../../sys/errors.ts';
import { parseNumber } from '../../sys/number.ts';

/** Where a server listens. Port 0: any that is free. */
export interface ServeAddress {
  readonly host: string;
  readonly port: number;
}

/** Reads `127.0.0.1:8080`, `localhost:0` or `[::1]:8080`; another address is refused: the map is for this machine's users alone. */
export function readServeAddress(text: string): ServeAddress {
  const [, bracketed, bare, digits = ''] = /^(?:\[(.*)\]|([^:]*)):(\d+)$/.exec(text) ?? [];
  const name = bracketed ?? bare;
  const port = digits === '0' ? 0 : parseNumber(digits, 'port');
  const host = name === 'localhost' ? '127.0.0.1' : (name ?? '');
  const family = isIP(host);
  if (family === 0 || port === undefined || (family === 6) !== (bracketed !== undefined))
    throw new InputError(`--serve "${text}" is not ADDRESS:PORT`, {
      hint: '127.0.0.1:8080; 127.0.0.1:0 takes any free port',
    });
  if (!LOOPBACK.check(host, family === 6 ? 'ipv6' : 'ipv4'))
    throw new InputError(`--serve ${text}: ${host} is not a loopback address`, {
      hint: `the map shows all of this machine's network, and HTTP is not encrypted: --serve 127.0.0.1:${port}, and from elsewhere ssh -L ${port}:127.0.0.1:${port}`,
    });
  return { host, port };
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');
