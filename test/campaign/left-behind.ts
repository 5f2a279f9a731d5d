import { setTimeout as sleep } from 'node:timers/promises';
import type { PretendHost } from './pretend-host.ts';
import { diff, type Snapshot } from './snapshot.ts';

/**
 * The differences between a host and its snapshot. Empty: nothing was left behind. Removing a network namespace is
 * asynchronous (7–39 ms, more under load), so only differences that remain after 2 s count.
 */
export async function leftBehind(host: PretendHost, before: Snapshot, patience = 2000): Promise<string[]> {
  const deadline = performance.now() + patience;
  for (;;) {
    const lines = diff(before, await host.snapshot());
    if (lines.length === 0 || performance.now() > deadline) return lines;
    await sleep(50);
  }
}

/** A remaining link has about 250 sysctls of its own: shows one line for each of their directories. */
export function collapsed(lines: readonly string[]): string[] {
  return [
    ...new Set(lines.map((line) => line.replace(/(sysctl: net\/ip\w+\/(?:conf|neigh)\/[^/]+\/).*/, '$1…'))),
  ];
}
