import type { Host } from '../../pod/host.ts';
import { readMaybe } from '../../sys/procfs.ts';
import { recordResult } from '../evidence/experiment-result.ts';
import type { Row } from '../lab.ts';
import type { LabSession } from '../lab-session.ts';
import { SessionValue } from '../session-value.ts';
import { clusterIPOf } from './service.ts';
import { heardByTalker, leadToEcho, startEcho, startTalker, TALKER_PORT } from './udp-talker.ts';

export interface StaleOptions {
  /** The role of the pods' network. */
  readonly network: string;
  /** The kernel keeps the client's entry when its pod goes: only the rules change. */
  readonly keepsEntry?: boolean;
  /** The entry is deleted at the end. */
  readonly deletes?: boolean;
}

/**
 * A UDP client goes on sending to a Service while the pod behind it is replaced by another one: first the rules alone are
 * changed, then the entry of the connection is deleted.
 */
export async function replaceUdpEndpoint(
  session: LabSession,
  { network, keepsEntry = true, deletes = true }: StaleOptions,
): Promise<void> {
  const host = await session.host();
  await startEcho(session, 'first', network);
  remember(session, 'first');
  await leadToEcho(session, 'first');
  const address = clusterIPOf(session, 'echo');
  await startTalker(session);
  const rows = [await listen(session, 'the rules lead to first', 'first')];
  await startEcho(session, 'second', network);
  remember(session, 'second');
  await session.podOf('first').destroy();
  await leadToEcho(session, 'second', keepsEntry ? { ...host, conntrack: KEEPING } : host);
  rows.push(await listen(session, 'first is gone, the rules lead to second', keepsEntry ? '-' : 'second'));
  if (deletes) host.conntrack.forgetAt([{ address, port: TALKER_PORT }], host.warn);
  rows.push(await listen(session, 'the entry is deleted', deletes ? 'second' : '-'));
  recordResult(session, 'talker', rows);
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
  const from = (await heardByTalker(session)).length;
  const read = async () => (await heardByTalker(session)).slice(from);
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

/** Where the kernel's entry of that connection leads: the source of the answers that it expects. */
function entryOf(session: LabSession): string | null {
  const entries = readMaybe('/proc/net/nf_conntrack')?.split('\n') ?? [];
  const own = entries.find(
    (line) => line.includes(` dst=${clusterIPOf(session, 'echo')} `) && line.includes(`dport=${TALKER_PORT}`),
  );
  const address = /src=.*src=([\d.]+)/.exec(own ?? '')?.[1];
  return ['first', 'second'].find((role) => addresses.of(session)[role] === address) ?? address ?? null;
}
