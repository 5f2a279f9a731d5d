import { settleAll } from '../sys/settle-all.ts';
import type { ComparedPod } from './compared-pod.ts';
import type { Fact, FactInfo, Values } from './fact.ts';
import { MOUNTS } from './facts/mounts.ts';
import { NAMES } from './facts/names.ts';
import { NAMESPACES } from './facts/namespaces.ts';
import { NETWORK } from './facts/network-facts.ts';
import { PRIVILEGES } from './facts/privileges.ts';
import { PROCESSES } from './facts/processes.ts';
import { SETTINGS } from './facts/settings.ts';
import { TRAFFIC } from './facts/traffic.ts';
import { RESTART_FACTS } from './restart-behaviour.ts';

/** Facts of a running pod. */
const RUNNING_FACTS: readonly Fact[] = [
  ...NAMESPACES,
  ...NAMES,
  ...NETWORK,
  ...TRAFFIC,
  ...SETTINGS,
  ...PROCESSES,
  ...PRIVILEGES,
  ...MOUNTS,
];

/** All facts, in the order in which they are printed. */
export const FACTS: readonly FactInfo[] = [...RUNNING_FACTS, ...RESTART_FACTS];

/** Reads all facts of one running pod. */
export async function readFacts(pod: ComparedPod): Promise<Values> {
  const values = await settleAll(
    ...RUNNING_FACTS.map(async ({ id, read }) => [id, await read(pod)] as const),
  );
  return Object.fromEntries(values);
}
