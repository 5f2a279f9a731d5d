import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Why a request is not answered. */
export interface Refusal {
  readonly status: number;
  readonly reason: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Undefined for a request that is answered: a GET or HEAD by a loopback name, with the token. `host`: the address that is listened on. */
export function refusalOf(
  { method, headers, url }: Pick<IncomingMessage, 'method' | 'headers' | 'url'>,
  { token, host }: { readonly token: string; readonly host: string },
): Refusal | undefined {
  // A page of another site may have its name resolved to 127.0.0.1 (DNS rebinding); the name stays in this header.
  const name = /^(\[[^\]]*\]|[^:]*)(?::\d+)?$/.exec(headers.host?.toLowerCase() ?? '')?.[1] ?? '';
  if (![...LOCAL_NAMES, host].includes(name))
    return { status: 403, reason: 'this is not the name of a loopback address' };
  if (method !== 'GET' && method !== 'HEAD')
    return { status: 405, reason: 'only GET and HEAD', headers: { Allow: 'GET, HEAD' } };
  const given = new URLSearchParams(queryOf(url)).get('token') ?? '';
  if (!isSame(given, token))
    return {
      status: 403,
      reason: 'the token is missing or wrong: open the whole address that nslab has printed',
    };
  return undefined;
}

const LOCAL_NAMES = ['127.0.0.1', 'localhost', '[::1]'];

/** `/events` of `/events?token=…` */
export function pathOf(url = ''): string {
  return url.replace(/[?#].*$/s, '');
}

function queryOf(url = ''): string {
  return url.slice(pathOf(url).length + 1);
}

/** In a time that does not depend on where they differ, nor on their lengths. */
function isSame(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
