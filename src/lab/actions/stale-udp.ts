import type { Host } from '../../pod/host.ts';
import { readMaybe } from '../../sys/procfs.ts';
import { recordResult } from '../evidence/experiment-result.ts';
import type { Row } from '../lab.ts';
import type { LabSession } from '../lab-session.ts';
import { SessionValue } from '../session-value.ts';
import { clusterIPOf, makeService } from './service.ts';

export interface StaleOptions {
  /** The role of the pods' network. */
  readonly network: string;
  /** The kernel keeps the client's entry when its pod goes: only the rules change. */
  readonly keepsEntry?: boolean;
  /** The entry is deleted at the end. */
  readonly deletes?: boolean;
}

const [PORT, TARGET] = [90, 9000];

/** Answers each datagram with the name of its pod. */
const ECHO = `const udp = require('dgram').createSocket('udp4');
udp.on('message', (_, from) => udp.send(require('os').hostname(), from.port, from.address));
udp.bind(${TARGET});`;

/** Sends from one port, again and again, and says who answers; a dash where nobody does. */
const CLIENT = `exec 3<>/dev/udp/$0/${PORT}
while :; do
  echo hello >&3
  name=$(timeout 0.2 dd bs=64 count=1 <&3 2>/dev/null)
  echo "\${name:--}"
  sleep 0.05
done`;

/**
 * A UDP client goes on sending to a Service while the pod behind it is replaced by another one: first the rules alone are
 * changed, then the entry of the connection is deleted. The endpoints are given by hand, so that no other sync has a part in it.
 */
export async function replaceUdpEndpoint(
  session: LabSession,
  { network, keepsEntry = true, deletes = true }: StaleOptions,
): Promise<void> {
  const host = await session.host();
  await startEcho(session, 'first', network);
  await lead(session, host, 'first');
  const address = clusterIPOf(session, 'echo');
  await session.run('client', 'talker', ['bash', '-c', CLIENT, address]);
  const rows = [await listen(session, 'the rules lead to first', 'first')];
  await startEcho(session, 'second', network);
  await session.podOf('first').destroy();
  await lead(session, keepsEntry ? { ...host, conntrack: KEEPING } : host, 'second');
  rows.push(await listen(session, 'first is gone, the rules lead to second', keepsEntry ? '-' : 'second'));
  if (deletes) host.conntrack.forgetAt([{ address, port: PORT }], host.warn);
  rows.push(await listen(session, 'the entry is deleted', deletes ? 'second' : '-'));
  recordResult(session, 'talker', rows);
}

async function startEcho(session: LabSession, role: string, network: string): Promise<void> {
  await session.pod(role, { network });
  await session.run(role, 'echo', [process.execPath, '-e', ECHO], { grace: 0 });
  remember(session, role);
  const listens = `sh -c 'until ss -Hlun | grep -q :${TARGET}; do sleep 0.02; done'`;
  await session.shell([session.inNetwork(role, listens)]);
}

/** A Service without a selector leads to the addresses that are given for it. */
async function lead(session: LabSession, host: Host, role: string): Promise<void> {
  const address = session.podOf(role).address ?? '';
  const port = { protocol: 'udp', port: TARGET } as const;
  await makeService(session, 'echo', {
    host,
    ports: [{ ...port, port: PORT, targetPort: TARGET }],
    given: [{ addresses: [{ address, ready: true }], ports: [port] }],
  });
}

function remember(session: LabSession, role: string): void {
  addresses.set(session, { ...addresses.of(session), [role]: session.podOf(role).address ?? '' });
}

/** The addresses of the pods, also of one that is gone. */
const addresses = new SessionValue<Readonly<Record<string, string>>>({});

const KEEPING: Host['conntrack'] = { forget() {}, forgetAt() {} };

/** Answers that are older than this are of before. */
const SILENCE = 3;

/** What the client hears: it is given time for what is expected. */
async function listen(session: LabSession, when: string, expected: string): Promise<Row> {
  const from = (await heard(session)).length;
  const read = async () => (await heard(session)).slice(from);
  const isHeard = (lines: readonly string[]) =>
    expected === '-'
      ? lines.slice(-SILENCE).filter((line) => line === '-').length === SILENCE
      : lines.includes(expected);
  await session.until({ read }, isHeard, PATIENCE);
  const last = (await read()).at(-1) ?? '-';
  return { when, entry_leads_to: entryOf(session), answered_by: last === '-' ? null : last };
}

/** Milliseconds until what is to be heard is heard. */
const PATIENCE = 10_000;

async function heard(session: LabSession): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of session.podOf('client').workload('talker').logs()) lines.push(line);
  return lines;
}

/** Where the kernel's entry of that connection leads: the source of the answers that it expects. */
function entryOf(session: LabSession): string | null {
  const entries = readMaybe('/proc/net/nf_conntrack')?.split('\n') ?? [];
  const own = entries.find(
    (line) => line.includes(` dst=${clusterIPOf(session, 'echo')} `) && line.includes(`dport=${PORT}`),
  );
  const address = /src=.*src=([\d.]+)/.exec(own ?? '')?.[1];
  return ['first', 'second'].find((role) => addresses.of(session)[role] === address) ?? address ?? null;
}
