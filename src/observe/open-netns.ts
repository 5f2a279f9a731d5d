import { closeSync, openSync } from 'node:fs';
import { namespacesOf } from '../ns/namespace.ts';
import { enter } from '../ns/window.ts';
import type { Kernel } from '../sys/invoke.ts';
import { openNamespace } from './open-namespace.ts';
import type { ProcScan, ScannedNamespace } from './scan-proc.ts';

/** An open network namespace. The descriptor keeps it alive and its inode unique, even when its processes exit. */
export interface OpenNetns {
  readonly scanned: ScannedNamespace;
  readonly fd: number;
  /** This process is in it: no setns(2) is needed. */
  readonly home: boolean;
}

/** Opens the network namespaces of this machine, by inode, our own first. The caller closes them. */
export function openAllNetns({ namespaces }: Pick<ProcScan, 'namespaces'>): Map<number, OpenNetns> {
  const home = namespacesOf('self').net?.inode ?? 0;
  const own: ScannedNamespace = { kind: 'net', inode: home, references: [], threads: 1 };
  const open = new Map<number, OpenNetns>([
    [
      home,
      { scanned: namespaces.get(home) ?? own, fd: openSync('/proc/thread-self/ns/net', 'r'), home: true },
    ],
  ]);
  for (const scanned of namespaces.values()) {
    if (scanned.kind !== 'net' || scanned.inode === home) continue;
    const fd = openNamespace(scanned);
    if (fd !== undefined) open.set(scanned.inode, { scanned, fd, home: false });
  }
  return open;
}

export function closeAllNetns(open: ReadonlyMap<number, OpenNetns>): void {
  for (const { fd } of open.values()) closeSync(fd);
}

/**
 * Runs `body` inside the namespace. To run a tool there, `body` starts it and returns its promise inside an object: the
 * tool is started before the first `await`, so it is born in the namespace, and the caller awaits it at home.
 */
export function runInside<T extends object | number>(
  kernel: Kernel,
  { fd, home }: OpenNetns,
  body: () => T extends PromiseLike<unknown> ? never : T,
): T {
  return home ? body() : enter<T>(kernel, { join: [['net', fd]] }, body);
}
