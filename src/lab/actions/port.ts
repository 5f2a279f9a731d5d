import { type AddressInfo, createServer } from 'node:net';
import type { LabSession } from '../lab-session.ts';
import { SessionValue } from '../session-value.ts';

/** Chooses a free TCP port of the host for this session. */
export async function choosePort(session: LabSession): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  ports.set(session, port);
  return port;
}

/** The chosen port. */
export function portOf(session: LabSession): number {
  return ports.of(session);
}

const ports = new SessionValue(0);
