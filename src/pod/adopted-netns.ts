import { closeSync, constants, fstatSync, openSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { KINDS } from '../ns/kinds.ts';
import { NETNS_DIRECTORY, namespacesOf } from '../ns/namespace.ts';
import { errorCode, InputError, OperationError } from '../sys/errors.ts';
import type { Kernel } from '../sys/invoke.ts';
import { typeOfNamespace } from '../sys/nsfs.ts';
import type { Host } from './host.ts';
import type { AdoptedNetns } from './record.ts';

/** An adopted namespace, and what is in it. */
interface Found {
  readonly netns: AdoptedNetns;
  /** The names of its interfaces. */
  readonly taken: readonly string[];
}

/**
 * Finds a network namespace that a pod is to adopt: by a name of `ip netns`, or by a path. Changes nothing.
 *
 * One thing stays after the pod when it was given an interface: the kernel has numbered the namespace (`ip netns list-id`)
 * when a pair first led into it, and has no message to take that back.
 */
export function findNetns(
  { kernel, lookInside }: Pick<Host, 'kernel' | 'lookInside'>,
  wanted: string,
): Found {
  const path = wanted.includes('/') ? resolve(wanted) : join(NETNS_DIRECTORY, checkNetnsName(wanted));
  const fd = openNetns(kernel, path);
  try {
    const inode = fstatSync(fd).ino;
    if (inode === namespacesOf('self').net?.inode)
      throw new InputError(`${path} is this host's own network namespace`, {
        hint: 'a pod has that with --network host',
      });
    const { interfaces, hasDefaultRoute } = lookInside(fd);
    return { netns: { path, inode, hasDefaultRoute }, taken: interfaces };
  } finally {
    closeSync(fd);
  }
}

/** Opens an adopted namespace, if it is still the one that was found. The caller closes it. */
export function openAdopted(kernel: Kernel, { path, inode }: AdoptedNetns): number {
  const fd = openNetns(kernel, path);
  if (fstatSync(fd).ino === inode) return fd;
  closeSync(fd);
  throw new OperationError(`${path} has become another network namespace than net:[${inode}]`);
}

function checkNetnsName(name: string): string {
  if (name !== '' && name !== '.' && name !== '..') return name;
  throw new InputError(`${JSON.stringify(name)} is not the name of a network namespace`, { hint: WORDS });
}

const WORDS = 'a name of `ip netns list`, or a path such as /proc/PID/ns/net';

/** Only a regular file is opened: opening a device or a fifo could do something, or wait. */
function openNetns(kernel: Kernel, path: string): number {
  try {
    if (!statSync(path).isFile()) throw notOne(path, 'it is no file');
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const type = typeOfNamespace(kernel, fd);
    if (type === KINDS.net.flag) return fd;
    closeSync(fd);
    const kind = Object.entries(KINDS).find(([, { flag }]) => flag === type)?.[0];
    throw notOne(path, kind === undefined ? 'it is no namespace' : `it is a namespace of the kind ${kind}`);
  } catch (cause) {
    const code = errorCode(cause);
    if (code === undefined) throw cause;
    throw new OperationError(`network namespace ${path} cannot be opened: ${code}`, { cause, hint: WORDS });
  }
}

function notOne(path: string, why: string): InputError {
  return new InputError(`${path} is not a network namespace: ${why}`, { hint: WORDS });
}
