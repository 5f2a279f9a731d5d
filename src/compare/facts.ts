import { settleAll } from '../sys/settle-all.ts';
import type { ComparedPod } from './compared-pod.ts';
import type { Asked, Fact, Values } from './fact.ts';
import { MOUNTS } from './facts/mounts.ts';
import { NAMES } from './facts/names.ts';
import { NAMESPACES } from './facts/namespaces.ts';
import { NETWORK } from './facts/network-facts.ts';
import { PRIVILEGES } from './facts/privileges.ts';
import { PROCESSES } from './facts/processes.ts';
import { SETTINGS } from './facts/settings.ts';
import { TRAFFIC } from './facts/traffic.ts';
import { RESTARTS } from './restart-behaviour.ts';

/** All that is read of them as they run. */
const LIVING: readonly Fact[] = [
  ...NAMESPACES,
  ...NAMES,
  ...NETWORK,
  ...TRAFFIC,
  ...SETTINGS,
  ...PROCESSES,
  ...PRIVILEGES,
  ...MOUNTS,
];

/** All that is compared, in the order in which it is told. */
export const FACTS: readonly Asked[] = [...LIVING, ...RESTARTS];

/** Reads of the three on one side what can be read as they run. */
export async function readFacts(trio: ComparedPod): Promise<Values> {
  const values = await settleAll(...LIVING.map(async ({ id, read }) => [id, await read(trio)] as const));
  return Object.fromEntries(values);
}
