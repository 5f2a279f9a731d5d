import { closeSync, openSync } from 'node:fs';
import { namespacesOf } from '../ns/namespace.ts';
import { enter } from '../ns/window.ts';
import type { Kernel } from '../sys/invoke.ts';
import { openNamespace } from './open-namespace.ts';
import type { ProcScan, ScannedNamespace } from './scan-proc.ts';

/** A network namespace that was found, open, so that it stays the same one whatever becomes of its processes. */
export interface OpenNetns {
  readonly seen: ScannedNamespace;
  readonly fd: number;
  /** The one that we are in: nothing needs to be entered. */
  readonly home: boolean;
}

/** The network namespaces of this machine, by inode, our own first. The caller closes them. */
export function openAllNetns({ namespaces }: Pick<ProcScan, 'namespaces'>): Map<number, OpenNetns> {
  const home = namespacesOf('self').net?.inode ?? 0;
  const own: ScannedNamespace = { kind: 'net', inode: home, holds: [], threads: 1 };
  const rooms = new Map<number, OpenNetns>([
    [home, { seen: namespaces.get(home) ?? own, fd: openSync('/proc/thread-self/ns/net', 'r'), home: true }],
  ]);
  for (const seen of namespaces.values()) {
    if (seen.kind !== 'net' || seen.inode === home) continue;
    const fd = openNamespace(seen);
    if (fd !== undefined) rooms.set(seen.inode, { seen, fd, home: false });
  }
  return rooms;
}

export function closeAllNetns(rooms: ReadonlyMap<number, OpenNetns>): void {
  for (const { fd } of rooms.values()) closeSync(fd);
}

/**
 * Does something in that namespace. A tool is started in there and awaited at home: what a channel does before its first
 * `await` happens inside, and that is to start its tool.
 */
export function runInside<T extends object | number>(
  kernel: Kernel,
  { fd, home }: OpenNetns,
  body: () => T extends PromiseLike<unknown> ? never : T,
): T {
  return home ? body() : enter<T>(kernel, { join: [['net', fd]] }, body);
}
