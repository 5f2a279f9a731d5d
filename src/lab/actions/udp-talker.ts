import type { Host } from '../../pod/host.ts';
import type { LabSession } from '../lab-session.ts';
import { clusterIPOf, makeService } from './service.ts';

/** The port of the Service, and that of the pods behind it. */
export const TALKER_PORT = 90;
export const ECHO_PORT = 9000;

/** Answers each datagram with the name of its pod. */
const ECHO = `const udp = require('dgram').createSocket('udp4');
udp.on('message', (_, from) => udp.send(require('os').hostname(), from.port, from.address));
udp.bind(${ECHO_PORT});`;

/** Sends from one port, again and again, and prints each answer; a dash where none comes. USR1: goes on from another port. */
const TALKER = `trap 'exec 3<>/dev/udp/$0/${TALKER_PORT}' USR1
exec 3<>/dev/udp/$0/${TALKER_PORT}
while :; do
  echo hello >&3
  name=$(timeout 0.2 dd bs=64 count=1 <&3)
  echo "\${name:--}"
  sleep 0.05
done 2>/dev/null`;

/** A pod that answers. */
export async function startEcho(session: LabSession, role: string, network: string): Promise<void> {
  await session.pod(role, { network });
  await session.run(role, 'echo', [process.execPath, '-e', ECHO], { grace: 0 });
  const listens = `sh -c 'until ss -Hlun | grep -q :${ECHO_PORT}; do sleep 0.02; done'`;
  await session.shell([session.inNetwork(role, listens)]);
}

/** The Service `echo` leads to that pod. It has no selector: its endpoints are given by hand, so that no other sync changes them. */
export async function leadToEcho(session: LabSession, role: string, host?: Host): Promise<void> {
  const address = session.podOf(role).address ?? '';
  const port = { protocol: 'udp', port: ECHO_PORT } as const;
  await makeService(session, 'echo', {
    ...(host && { host }),
    ports: [{ ...port, port: TALKER_PORT, targetPort: ECHO_PORT }],
    given: [{ addresses: [{ address, ready: true }], ports: [port] }],
  });
}

/** The pod `client` sends to the Service from now on. */
export async function startTalker(session: LabSession): Promise<void> {
  await session.run('client', 'talker', ['bash', '-c', TALKER, clusterIPOf(session, 'echo')], { grace: 0 });
}

/** What it has heard so far: names of pods, and dashes. */
export async function heardByTalker(session: LabSession): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of session.podOf('client').workload('talker').logs()) lines.push(line);
  return lines;
}
