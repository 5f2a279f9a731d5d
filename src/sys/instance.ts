import { createHash } from 'node:crypto';
import { closeSync, statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { base32 } from './base32.ts';
import * as c from './constants.ts';
import type { Kernel } from './invoke.ts';
import { bootId, readProcLink } from './procfs.ts';
import type { Shape } from './record-file.ts';

/**
 * What a state directory belongs to: a network namespace, a pid namespace and a boot. Each record has it. The inode of a namespace is used again as soon as the namespace is gone; the cookie of
 * a network namespace is not, and neither is a boot id.
 */
export interface Instance {
  /** Eight letters. A directory that is removed and made again in the same place has the same id. */
  readonly id: string;
  readonly bootId: string;
  readonly netnsCookie: string;
  /** The inodes of the namespaces, for messages. */
  readonly netns: number;
  readonly pidns: number;
}

/** Without these, a record names no instance. */
export const INSTANCE_SHAPE: Shape = {
  ...{ id: 'string', bootId: 'string', netnsCookie: 'string', netns: 'count', pidns: 'count' },
};

/**
 * Finds the instance that a state directory has here and now, whether it exists or not. Where this process is, is asked once:
 * between two windows it is never in other namespaces.
 */
export function openInstances(kernel: Pick<Kernel, 'libc'>): (root: string) => Instance {
  let here: Omit<Instance, 'id'> | undefined;
  return (root) => {
    here ??= { bootId: bootId(), netnsCookie: cookie(kernel), netns: inode('net'), pidns: pidNamespace() };
    const path = resolve(root);
    // Without a parent it cannot be made, and who tries says so.
    const parent = statSync(dirname(path), { throwIfNoEntry: false });
    const seed = [here.bootId, here.netnsCookie, `${parent?.dev}:${parent?.ino}`, basename(path)].join('\0');
    return { id: base32(createHash('sha256').update(seed).digest()), ...here };
  };
}

/** Whether a record belongs to the boot, the network namespace and the pid namespace of this process. */
export function isHere(recorded: Instance, current: Instance): boolean {
  return sharesProcesses(recorded, current) && sharesNetwork(recorded, current);
}

/** Whether its pids mean the same processes here. */
export function sharesProcesses(recorded: Instance, current: Instance): boolean {
  return recorded.bootId === current.bootId && recorded.pidns === current.pidns;
}

/** Whether its links and tables are in the network namespace of this process: also where its pid namespace is gone. */
export function sharesNetwork(recorded: Instance, current: Instance): boolean {
  return recorded.bootId === current.bootId && recorded.netnsCookie === current.netnsCookie;
}

/** The cookie of this thread's network namespace. */
function cookie(kernel: Pick<Kernel, 'libc'>): string {
  return cookieOf(kernel, openCookieSocket(kernel)) ?? `inode ${inode('net')}`;
}

/** Opens a socket of the network namespace in which this thread is now, to be asked for its cookie. */
export function openCookieSocket({ libc }: Pick<Kernel, 'libc'>): number {
  return libc('socket', [c.AF_INET, c.SOCK_DGRAM | c.O_CLOEXEC, 0]).result;
}

/** Closes that socket. The cookie: getsockopt(SO_NETNS_COOKIE), Linux 5.14; undefined before that. */
export function cookieOf({ libc }: Pick<Kernel, 'libc'>, fd: number): string | undefined {
  if (fd < 0) return undefined;
  const value = Buffer.alloc(8);
  const size = Buffer.from([value.length, 0, 0, 0]);
  const { result } = libc('getsockopt', [fd, c.SOL_SOCKET, c.SO_NETNS_COOKIE, value, size]);
  closeSync(fd);
  return result === 0 ? String(value.readBigUInt64LE()) : undefined;
}

/** The inode of this process's pid namespace: a recorded pid of another one means another process here. */
export function pidNamespace(): number {
  return inode('pid');
}

/**
 * The inode of the pid namespace that this /proc shows: its first process is never in another one. As a rule it is our own, and
 * another one after `unshare --pid` without a new /proc.
 */
export function shownPidNamespace(): number {
  if (shown === undefined) {
    const [, inode] = /^pid:\[(\d+)\]$/.exec(readProcLink('/proc/1/ns/pid') ?? '') ?? [];
    shown = inode === undefined ? pidNamespace() : Number(inode);
  }
  return shown;
}

let shown: number | undefined;

function inode(kind: 'net' | 'pid'): number {
  return statSync(`/proc/thread-self/ns/${kind}`).ino;
}
