import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { livePage, POLICY } from '../../render/live-map/page.ts';
import { errnoWords, OperationError } from '../../sys/errors.ts';
import type { ServeAddress } from './address.ts';
import { EventStream } from './event-stream.ts';
import { pathOf, refusalOf } from './refusal.ts';

/** Shows pictures in browsers of this machine. */
export interface MapServer {
  /** With the token. */
  readonly url: string;
  show(svg: string): void;
  /** Ends every connection. */
  close(): Promise<void>;
}

/** Listens from now on. */
export async function openMapServer({ host, port }: ServeAddress): Promise<MapServer> {
  const token = randomBytes(24).toString('base64url');
  const stream = new EventStream();
  let picture = '';
  const name = host.includes(':') ? `[${host}]` : host;
  const server = createServer(
    { headersTimeout: PATIENCE, requestTimeout: PATIENCE, connectionsCheckingInterval: PATIENCE / 10 },
    answer({ token, host: name }, stream, () => picture),
  );
  server.maxConnections = MANY;
  await listen(server, { host, port });
  return {
    url: `http://${name}:${(server.address() as AddressInfo).port}/?token=${token}`,
    show: (svg) => {
      picture = svg;
      stream.show(svg);
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      stream.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function answer(
  known: Parameters<typeof refusalOf>[1],
  stream: EventStream,
  picture: () => string,
): RequestListener {
  return (request, response) => {
    // A body is discarded.
    request.resume();
    const say = (status: number, type: string, text: string, more: Readonly<Record<string, string>> = {}) =>
      void response.writeHead(status, headers(type, more)).end(text);
    const refused = refusalOf(request, known);
    const path = pathOf(request.url);
    if (refused) say(refused.status, 'text/plain', `${refused.status}: ${refused.reason}\n`, refused.headers);
    else if (path === '/') say(200, 'text/html', livePage(picture()));
    else if (path !== '/events') say(404, 'text/plain', '404: there are / and /events\n');
    else if (request.method === 'HEAD') say(200, 'text/event-stream', '');
    else stream.add(response.writeHead(200, headers('text/event-stream')));
  };
}

function headers(type: string, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { ...HEADERS, 'Content-Type': `${type}; charset=utf-8`, ...more };
}

const HEADERS = {
  'Content-Security-Policy': POLICY,
  'Cache-Control': 'no-store',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  // The address has the token.
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

/** Milliseconds for the head of a request, and connections at once. */
const PATIENCE = 10_000;
const MANY = 64;

async function listen(server: Server, { host, port }: ServeAddress): Promise<void> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    const [code, meaning] = errnoWords(Math.abs((cause as NodeJS.ErrnoException).errno ?? 0));
    throw new OperationError(`cannot listen on ${host} port ${port}: ${code} (${meaning})`, {
      cause,
      hint: `port 0 takes any that is free; what listens there: ss -ltnp sport = :${port}`,
    });
  }
}
