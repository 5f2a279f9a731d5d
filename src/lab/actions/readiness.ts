import { recordResult } from '../evidence/experiment-result.ts';
import { lookUp } from '../evidence/lookups.ts';
import { leadsTo } from '../evidence/service-evidence.ts';
import type { Row } from '../lab.ts';
import type { LabSession } from '../lab-session.ts';
import { labelledPod, sync } from './service.ts';

export interface ReadinessOptions {
  /** The role of the pods' network. */
  readonly network: string;
  /** The file that its probe looks for is made. */
  readonly becomesReady?: boolean;
  /** The Services have pods that are not ready, too. */
  readonly publishesAll?: boolean;
}

const FILE = '/tmp/ready';

/** A pod with a readiness probe joins the Services `web` and `heads`: it becomes ready, and is not any more. */
export async function followReadiness(
  session: LabSession,
  { network, becomesReady = true, publishesAll = false }: ReadinessOptions,
): Promise<void> {
  await labelledPod(session, 'three', { network, app: 'web', readyFile: FILE });
  await sync(session);
  const rows = [await look(session, 'it runs, and its probe fails', publishesAll)];
  if (becomesReady) await session.exec('three/c', ['touch', FILE]);
  await settle(session, becomesReady);
  rows.push(await look(session, 'its probe succeeds', becomesReady || publishesAll));
  await session.exec('three/c', ['rm', '-f', FILE]);
  await settle(session, false);
  rows.push(await look(session, 'its probe fails again', publishesAll));
  recordResult(session, 'readiness', rows);
}

/** The shim of a workload has its rules brought to that; where no command line is at hand, this does. */
async function settle(session: LabSession, isReady: boolean): Promise<void> {
  const read = async () => session.podOf('three').workload('c').status().ready === true;
  await session.until({ read }, (ready) => ready === isReady);
  await sync(session);
}

/** Whether the name and the rules lead to the pod. The server of names reads a new list a moment later. */
async function look(session: LabSession, when: string, expected: boolean): Promise<Row> {
  const { address = '' } = session.podOf('three');
  const read = async () => ({
    by_name: (await lookUp(session, session.nameOf('heads'))).includes(address),
    by_rules: (await leadsTo(session, 'web')).includes(address),
  });
  await session.until(
    { read },
    ({ by_name, by_rules }) => by_name === expected && by_rules === expected,
    PATIENCE,
  );
  return { when, ...(await read()) };
}

/** Milliseconds. */
const PATIENCE = 10_000;
