import { readlinkSync } from 'node:fs';
import { ALL_KINDS, type Kind } from '../ns/kinds.ts';
import { parseLink } from '../ns/namespace.ts';
import { errorCode } from '../sys/errors.ts';
import { numericEntries, processIds, readMaybe, readProcLink, readStat } from '../sys/procfs.ts';
import { nsfsMounts } from './nsfs-mounts.ts';
import type { Hold } from './reference.ts';

/** Everything in /proc that holds a namespace: read once, in one sweep, without entering anything. */
export interface ProcScan {
  readonly processes: ReadonlyMap<number, ScannedProcess>;
  /** By inode: the numbers of nsfs are unique over all kinds. */
  readonly namespaces: Map<number, ScannedNamespace>;
  /** What is not ours to see, and who would, in sentences. */
  readonly unseen: readonly string[];
}

export interface ScannedProcess {
  readonly pid: number;
  readonly parent: number;
  /** The first fifteen bytes of its program's name. */
  readonly comm: string;
  readonly ns: Readonly<Partial<Record<Kind, number>>>;
}

export interface ScannedNamespace {
  readonly kind: Kind;
  readonly inode: number;
  readonly holds: Hold[];
  threads: number;
}

/** Only of these kinds, where not all are wanted: their links are most of what there is to read. */
export function survey(kinds: readonly Kind[] = ALL_KINDS): ProcScan {
  const processes = new Map<number, ScannedProcess>();
  const namespaces = new Map<number, ScannedNamespace>();
  const read = new Set<number>();
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
        note(namespaces, kind, inode, { by: 'process', pid }).threads += 1;
      if (threads > 1) noteThreads(namespaces, pid, ns, kinds);
      noteChildren(namespaces, pid, ns, kinds);
      if (pid !== process.pid) noteDescriptors(namespaces, pid);
      // One look for each mount namespace: who shares it sees the same mounts.
      if (ns.mnt !== undefined && !read.has(ns.mnt)) {
        const text = readMaybe(`/proc/${pid}/mountinfo`);
        if (text === undefined) continue;
        read.add(ns.mnt);
        for (const { kind, inode, path } of nsfsMounts(text))
          note(namespaces, kind, inode, { by: 'mount', path, mnt: ns.mnt, pid });
      }
    }
  }
  return { processes, namespaces, unseen: unseen(hidden) };
}

/** Adds a hold to a namespace, which is thereby known. */
export function note(
  namespaces: Map<number, ScannedNamespace>,
  kind: Kind,
  inode: number,
  hold: Hold,
): ScannedNamespace {
  const found = namespaces.get(inode) ?? { kind, inode, holds: [], threads: 0 };
  namespaces.set(inode, found);
  found.holds.push(hold);
  return found;
}

function unseen(hidden: number): string[] {
  if (hidden === 0) return [];
  const who =
    hidden === 1
      ? '1 process does not show its namespaces'
      : `${hidden} processes do not show their namespaces`;
  return [`${who}${process.geteuid?.() === 0 ? ', not even to root' : ' to this user: root would see more'}`];
}

type Links = Partial<Record<Kind, number>>;

/** Undefined when the process has gone meanwhile. */
function linksOf(directory: string, kinds: readonly Kind[]): Links | 'hidden' | undefined {
  const links: Links = {};
  try {
    // Eight times a process and thread: the text is cut, not parsed.
    for (const kind of kinds)
      links[kind] = Number(readlinkSync(`${directory}/${kind}`).slice(kind.length + 2, -1));
    return links;
  } catch (error) {
    if (errorCode(error) === 'EACCES' || errorCode(error) === 'EPERM') return 'hidden';
    // An old kernel lacks a kind; a process that is gone lacks all.
    return links.net === undefined ? undefined : links;
  }
}

/** Most threads are where their process is; those that are not hold namespaces that no process shows. */
function noteThreads(
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
      const seen = namespaces.get(inode);
      if (inode === leader[kind] && seen) seen.threads += 1;
      else note(namespaces, kind, inode, { by: 'thread', pid, tid }).threads += 1;
    }
  }
}

/** Two kinds are entered by the next child only: pid and time. */
function noteChildren(
  namespaces: ProcScan['namespaces'],
  pid: number,
  links: Links,
  kinds: readonly Kind[],
): void {
  for (const kind of ['pid', 'time'] as const) {
    if (!kinds.includes(kind)) continue;
    const link = parseLink(readProcLink(`/proc/${pid}/ns/${kind}_for_children`) ?? '');
    if (link && link.inode !== links[kind]) note(namespaces, kind, link.inode, { by: 'children', pid });
  }
}

function noteDescriptors(namespaces: ProcScan['namespaces'], pid: number): void {
  for (const fd of numericEntries(`/proc/${pid}/fd`)) {
    const link = readProcLink(`/proc/${pid}/fd/${fd}`);
    // Few descriptors are of namespaces: `[` at its place tells them from paths, and `socket:[…]` is no kind.
    const found = link?.endsWith(']') ? parseLink(link) : undefined;
    if (found) note(namespaces, found.kind, found.inode, { by: 'fd', pid, fd });
  }
}

function entries(links: Links): [Kind, number][] {
  return Object.entries(links) as [Kind, number][];
}
