import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PretendHost } from '../campaign/pretend-host.ts';

/** A way in which a file of the state can be lost or spoilt; `text` is what stood in it. */
type Way = (path: string, text: string) => void;

/** What root's own hand, a full disk, another version and somebody's script make of a file. */
export const WAYS = {
  gone: (path) => rmSync(path, { recursive: true }),
  empty: (path) => writeFileSync(path, ''),
  half: (path, text) => writeFileSync(path, text.trimEnd().slice(0, text.trimEnd().length / 2)),
  text: (path) => writeFileSync(path, 'somebody was here\n'),
  null: (path) => writeFileSync(path, 'null'),
  list: (path) => writeFileSync(path, '[]'),
  // Whole JSON that says something else: a newer nslab, or nobody's.
  foreign: (path) => writeFileSync(path, '{"apiVersion":"nslab/v9","kind":"Other"}'),
  directory: (path) => instead(path, () => mkdirSync(join(path, 'inside'), { recursive: true })),
  // Whoever opens it to read waits for a writer for ever.
  fifo: (path) => instead(path, () => spawnSync('mkfifo', [path])),
  link: (path) => instead(path, () => symlinkSync('/etc/os-release', path)),
  dangling: (path) => instead(path, () => symlinkSync('/no/such/file', path)),
} satisfies Record<string, Way>;

export type WayName = keyof typeof WAYS;

export const WAY_NAMES = Object.keys(WAYS) as WayName[];

/** What is tried, each below the state directory; the lease is found by the pod's name in it. */
export const FILES = {
  intent: (_, pod) => `pods/${pod}/intent.json`,
  status: (_, pod) => `pods/${pod}/status.json`,
  spec: (_, pod) => `pods/${pod}/workloads/w/spec.json`,
  record: (_, pod) => `pods/${pod}/workloads/w/status`,
  lease: (root, pod) => leaseOf(root, pod),
  lock: (_, pod) => `pods/${pod}/lock`,
  alive: (_, pod) => `pods/${pod}/alive`,
  transcript: (_, pod) => `pods/${pod}/transcript.jsonl`,
  // With all that is in it, under a workload that is at work.
  workloads: (_, pod) => `pods/${pod}/workloads`,
} satisfies Record<string, (root: string, pod: string) => string>;

export type FileName = keyof typeof FILES;

/** Where a pretend host's state is, as this process reaches it. */
export function stateOf(host: PretendHost): string {
  return `/proc/${host.pid}/root/run/nslab`;
}

/** Spoils one file, as by hand: nslab is told nothing. */
export function spoil(path: string, way: WayName): void {
  const text = statSync(path).isFile() ? readFileSync(path, 'utf8') : undefined;
  // A directory cannot be written to: what comes stands in its place.
  if (text === undefined && way !== 'gone') instead(path, () => writeFileSync(path, ''));
  WAYS[way](path, text ?? '');
}

function leaseOf(root: string, pod: string): string {
  for (const network of readdirSync(join(root, 'leases')).filter((name) => !name.startsWith('.'))) {
    for (const address of readdirSync(join(root, 'leases', network))) {
      const path = join('leases', network, address);
      if (statSync(join(root, path)).isFile() && readFileSync(join(root, path), 'utf8').includes(`"${pod}"`))
        return path;
    }
  }
  throw new Error(`pod ${pod} has no lease`);
}

/** Removed first: whoever has the file open keeps it, as with a removal by hand. */
function instead(path: string, make: () => unknown): void {
  rmSync(path, { recursive: true });
  make();
}
