import { together } from '../sys/together.ts';
import type { Fact, Values } from './fact.ts';
import { MOUNTS } from './facts/mounts.ts';
import { NAMES } from './facts/names.ts';
import { NAMESPACES } from './facts/namespaces.ts';
import { NETWORK } from './facts/network.ts';
import { PRIVILEGES } from './facts/privileges.ts';
import { PROCESSES } from './facts/processes.ts';
import { SETTINGS } from './facts/settings.ts';
import type { Trio } from './trio.ts';

/** All that is compared, in the order in which it is told. */
export const FACTS: readonly Fact[] = [
  ...NAMESPACES,
  ...NAMES,
  ...NETWORK,
  ...SETTINGS,
  ...PROCESSES,
  ...PRIVILEGES,
  ...MOUNTS,
];

/** Reads them all of the three on one side. */
export async function readFacts(trio: Trio): Promise<Values> {
  const values = await together(...FACTS.map(async ({ id, read }) => [id, await read(trio)] as const));
  return Object.fromEntries(values);
}
