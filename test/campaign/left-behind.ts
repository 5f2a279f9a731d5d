import { setTimeout as sleep } from 'node:timers/promises';
import type { PretendHost } from './pretend-host.ts';
import { diff, type Snapshot } from './snapshot.ts';

/**
 * The lines by which a host differs from a snapshot of it, empty when nothing was left behind.
 * Deleting a network namespace is asynchronous (7–39 ms, more under load): what still differs after 2 s is left.
 */
export async function leftBehind(host: PretendHost, before: Snapshot, patience = 2000): Promise<string[]> {
  const deadline = performance.now() + patience;
  for (;;) {
    const lines = diff(before, await host.snapshot());
    if (lines.length === 0 || performance.now() > deadline) return lines;
    await sleep(50);
  }
}

/** For people: a link that is left brings some 250 settings of its own with it; one line for each of its folders. */
export function collapsed(lines: readonly string[]): string[] {
  return [
    ...new Set(lines.map((line) => line.replace(/(sysctl: net\/ip\w+\/(?:conf|neigh)\/[^/]+\/).*/, '$1…'))),
  ];
}
