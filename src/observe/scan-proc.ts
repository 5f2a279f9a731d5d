import { readlinkSync } from 'node:fs';
import { ALL_KINDS, type Kind } from '../ns/kinds.ts';
import { parseLink } from '../ns/namespace.ts';
import { errorCode } from '../sys/errors.ts';
import { numericEntries, processIds, readMaybe, readProcLink, readStat } from '../sys/procfs.ts';
import { nsfsMounts } from './nsfs-mounts.ts';
import type { NamespaceReference } from './reference.ts';

/** The processes and namespaces found in one pass over /proc. No namespace is entered. */
export interface ProcScan {
  /** In the order of their pids. */
  readonly processes: ReadonlyMap<number, ScannedProcess>;
  /** By inode: the inode numbers of nsfs are unique across all kinds. */
  readonly namespaces: Map<number, ScannedNamespace>;
  /** What this user may not read, in sentences. */
  readonly unseen: readonly string[];
}

export interface ScannedProcess {
  readonly pid: number;
  readonly parent: number;
  /** The first fifteen bytes of the program's name. */
  readonly comm: string;
  readonly ns: Readonly<Partial<Record<Kind, number>>>;
}

export interface ScannedNamespace {
  readonly kind: Kind;
  readonly inode: number;
  readonly references: NamespaceReference[];
  threads: number;
}

/** Scans /proc for namespaces of the given kinds. Reading the links takes most of the time: pass only the kinds needed. */
export function scanProc(kinds: readonly Kind[] = ALL_KINDS): ProcScan {
  const processes = new Map<number, ScannedProcess>();
  const namespaces = new Map<number, ScannedNamespace>();
  const readMountNamespaces = new Set<number>();
  let hidden = 0;
  for (const pid of processIds()) {
    const stat = readStat(pid);
    if (!stat) continue;
    const { comm, parent, threads } = stat;
    const ns = stat.state === 'Z' || stat.state === 'X' ? {} : linksOf(`/proc/${pid}/ns`, kinds);
    if (ns === 'hidden') hidden += 1;
    else if (ns) {
      processes.set(pid, { pid, parent, comm, ns });
      for (const [kind, inode] of entries(ns))
        addReference(namespaces, kind, inode, { by: 'process', pid }).threads += 1;
      if (threads > 1) addThreads(namespaces, pid, ns, kinds);
      addChildren(namespaces, pid, ns, kinds);
      if (pid !== process.pid) addDescriptors(namespaces, pid);
      // Processes in one mount namespace see the same mounts: mountinfo is read once for each.
      if (ns.mnt !== undefined && !readMountNamespaces.has(ns.mnt)) {
        const text = readMaybe(`/proc/${pid}/mountinfo`);
        if (text === undefined) continue;
        readMountNamespaces.add(ns.mnt);
        for (const { kind, inode, path } of nsfsMounts(text))
          addReference(namespaces, kind, inode, { by: 'mount', path, mnt: ns.mnt, pid });
      }
    }
  }
  return { processes, namespaces, unseen: unseen(hidden) };
}

/** Adds a reference to a namespace, and the namespace when it is new. */
export function addReference(
  namespaces: Map<number, ScannedNamespace>,
  kind: Kind,
  inode: number,
  reference: NamespaceReference,
): ScannedNamespace {
  const found = namespaces.get(inode) ?? { kind, inode, references: [], threads: 0 };
  namespaces.set(inode, found);
  found.references.push(reference);
  return found;
}

function unseen(hidden: number): string[] {
  if (hidden === 0) return [];
  const subject =
    hidden === 1
      ? '1 process does not show its namespaces'
      : `${hidden} processes do not show their namespaces`;
  return [
    `${subject}${process.geteuid?.() === 0 ? ', not even to root' : ' to this user: root would see more'}`,
  ];
}

type Links = Partial<Record<Kind, number>>;

/** Undefined when the process has exited meanwhile. */
function linksOf(directory: string, kinds: readonly Kind[]): Links | 'hidden' | undefined {
  const links: Links = {};
  try {
    // Up to eight links for each process and thread: slicing is faster than a regular expression.
    for (const kind of kinds)
      links[kind] = Number(readlinkSync(`${directory}/${kind}`).slice(kind.length + 2, -1));
    return links;
  } catch (error) {
    if (errorCode(error) === 'EACCES' || errorCode(error) === 'EPERM') return 'hidden';
    // An old kernel lacks some kinds; an exited process has no links at all.
    return links.net === undefined ? undefined : links;
  }
}

/** Most threads share their process's namespaces. Only a thread in another namespace is a reference of its own. */
function addThreads(
  namespaces: ProcScan['namespaces'],
  pid: number,
  leader: Links,
  kinds: readonly Kind[],
): void {
  for (const tid of numericEntries(`/proc/${pid}/task`)) {
    if (tid === pid) continue;
    const links = linksOf(`/proc/${pid}/task/${tid}/ns`, kinds);
    if (links === undefined || links === 'hidden') continue;
    for (const [kind, inode] of entries(links)) {
      const known = namespaces.get(inode);
      if (inode === leader[kind] && known) known.threads += 1;
      else addReference(namespaces, kind, inode, { by: 'thread', pid, tid }).threads += 1;
    }
  }
}

/** unshare(2) and setns(2) move only the next child into a new pid or time namespace. */
function addChildren(
  namespaces: ProcScan['namespaces'],
  pid: number,
  links: Links,
  kinds: readonly Kind[],
): void {
  for (const kind of ['pid', 'time'] as const) {
    if (!kinds.includes(kind)) continue;
    const link = parseLink(readProcLink(`/proc/${pid}/ns/${kind}_for_children`) ?? '');
    if (link && link.inode !== links[kind])
      addReference(namespaces, kind, link.inode, { by: 'children', pid });
  }
}

function addDescriptors(namespaces: ProcScan['namespaces'], pid: number): void {
  for (const fd of numericEntries(`/proc/${pid}/fd`)) {
    const link = readProcLink(`/proc/${pid}/fd/${fd}`);
    // The check for `]` skips most paths without parsing them. parseLink rejects `socket:[…]`: it is no namespace kind.
    const found = link?.endsWith(']') ? parseLink(link) : undefined;
    if (found) addReference(namespaces, found.kind, found.inode, { by: 'fd', pid, fd });
  }
}

function entries(links: Links): [Kind, number][] {
  return Object.entries(links) as [Kind, number][];
}
