import { statSync } from 'node:fs';
import { ALL_KINDS, type Kind } from './kinds.ts';

/**
 * A namespace's identity: the device and inode of nsfs. Two processes are in the same namespace if and only if both
 * are equal (namespaces(7)); names, link texts and pids prove nothing.
 */
export interface NamespaceId {
  readonly dev: number;
  readonly inode: number;
}

export type NamespaceIds = Readonly<Partial<Record<Kind, NamespaceId>>>;

/** Where `ip netns` keeps its names. ip-netns(8) */
export const NETNS_DIRECTORY = '/run/netns';

/** The namespace behind a path such as `/proc/PID/ns/net`, or undefined when process or kind is not there, or it is another file. */
export function namespaceAt(path: string): NamespaceId | undefined {
  try {
    const { dev, ino } = statSync(path);
    nsfs ??= statSync('/proc/self/ns/net').dev;
    return dev === nsfs ? { dev, inode: ino } : undefined;
  } catch {
    return undefined;
  }
}

/** The device of the file system that all namespaces are files of. */
let nsfs: number | undefined;

/** All namespaces that a process is in. A kind that this kernel lacks is absent. */
export function namespacesOf(pid: number | 'self'): NamespaceIds {
  // `self` means the calling thread. /proc/self/ns always shows the main thread.
  const directory = pid === 'self' ? '/proc/thread-self/ns' : `/proc/${pid}/ns`;
  const found: Partial<Record<Kind, NamespaceId>> = {};
  for (const kind of ALL_KINDS) {
    const id = namespaceAt(`${directory}/${kind}`);
    if (id) found[kind] = id;
  }
  return found;
}

export function sameNamespace(a: NamespaceId | undefined, b: NamespaceId | undefined): boolean {
  return a !== undefined && b !== undefined && a.inode === b.inode && a.dev === b.dev;
}

/** What the text of a link in /proc or of a mount's root names: `net:[4026531833]`. */
export function parseLink(text: string): { readonly kind: Kind; readonly inode: number } | undefined {
  const [, word, inode] = /^(\w+):\[(\d+)\]$/.exec(text) ?? [];
  const kind = ALL_KINDS.find((each) => each === word);
  return kind && { kind, inode: Number(inode) };
}
