import { setTimeout as sleep } from 'node:timers/promises';
import type { PretendHost } from './pretend-host.ts';
import { diff, type Snapshot } from './snapshot.ts';

/**
 * The lines by which a host differs from a snapshot of it, empty when nothing was left behind.
 * Deleting a network namespace is asynchronous (7–39 ms, more under load), and a TCP connection that was closed when its other
 * end was gone already keeps its namespace until the kernel gives up (net.ipv4.tcp_orphan_retries: about a minute). What still
 * differs after a longer patience is left.
 * `except` are lines that do not count.
 */
export async function leftBehind(
  host: PretendHost,
  before: Snapshot,
  { patience = 120_000, except }: { readonly patience?: number | undefined; readonly except?: RegExp } = {},
): Promise<string[]> {
  const deadline = performance.now() + patience;
  for (;;) {
    const lines = diff(before, await host.snapshot()).filter((line) => !except?.test(line));
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
