import { type AddressInfo, createServer } from 'node:net';
import type { Bench } from '../bench.ts';

/** Finds a port on which nobody listens here, and remembers it. */
export async function choosePort(bench: Bench): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  ports.set(bench, port);
  return port;
}

/** The port that was chosen. */
export function portOf(bench: Bench): number {
  return ports.get(bench) ?? 0;
}

const ports = new WeakMap<Bench, number>();
