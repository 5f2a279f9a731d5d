import { closeSync, fstatSync, openSync } from 'node:fs';
import { namespacesOf } from '../ns/namespace.ts';
import { enter } from '../ns/window.ts';
import { CLONE_NEWNET } from '../sys/constants.ts';
import type { Kernel } from '../sys/invoke.ts';
import { typeOfNamespace } from '../sys/nsfs.ts';
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

/** The network namespace behind a path. */
export interface NetnsAtPath extends Pick<OpenNetns, 'fd' | 'home'> {
  readonly inode: number;
}

/** Opens the network namespace behind a path: `/proc/PID/ns/net`. Undefined where it is none. The caller closes it. */
export function openNetnsAt(kernel: Kernel, path: string): NetnsAtPath | undefined {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    return undefined;
  }
  if (typeOfNamespace(kernel, fd) !== CLONE_NEWNET) {
    closeSync(fd);
    return undefined;
  }
  const inode = fstatSync(fd).ino;
  return { fd, inode, home: inode === namespacesOf('self').net?.inode };
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
  { fd, home }: Pick<OpenNetns, 'fd' | 'home'>,
  body: () => T extends PromiseLike<unknown> ? never : T,
): T {
  return home ? body() : enter<T>(kernel, { join: [['net', fd]] }, body);
}
