import { ALL_KINDS, type Kind } from '../ns/kinds.ts';
import { namespacesOf } from '../ns/namespace.ts';
import type { Kernel } from '../sys/invoke.ts';
import { commandOf } from './command.ts';
import type { Hold } from './hold.ts';
import { findKin } from './kin.ts';
import { survey } from './survey.ts';
import { askWhose, HOST, type Known, owners, type Whose } from './whose.ts';

/** One namespace of this machine, and all that keeps it. */
export interface NamespaceFacts {
  readonly kind: Kind;
  readonly inode: number;
  readonly whose: readonly Whose[];
  readonly processes: number;
  readonly threads: number;
  /** The lowest pid in it, and that one's command. */
  readonly pid: number | null;
  readonly command: string | null;
  readonly owner: number | null;
  readonly parent: number | null;
  readonly holds: readonly Hold[];
}

export interface Census {
  readonly namespaces: readonly NamespaceFacts[];
  /** What could not be seen, in sentences. */
  readonly unseen: readonly string[];
}

/** Every namespace of this machine that can be seen from here, by kind: as lsns(8), and those that have no process. */
export function takeCensus(kernel: Kernel, known: Known): Census {
  const seen = survey();
  const kin = findKin(kernel, seen);
  const whose = askWhose(seen, known);
  const host = hostInodes();
  const commands = new Map<number, string>();
  const command = (pid: number) => commands.get(pid) ?? remember(commands, pid, commandOf(pid));
  const namespaces = [...seen.namespaces.values()].map((namespace): NamespaceFacts => {
    const { kind, inode, holds, threads } = namespace;
    const pids = holds.flatMap((hold) => (hold.by === 'process' ? [hold.pid] : []));
    const first = pids.length === 0 ? null : Math.min(...pids);
    return {
      kind,
      inode,
      whose: host.has(inode) ? [HOST] : owners(namespace, whose),
      processes: pids.length,
      threads,
      pid: first,
      command: first === null ? null : command(first),
      owner: kin.get(inode)?.owner ?? null,
      parent: kin.get(inode)?.parent ?? null,
      holds,
    };
  });
  return { namespaces: namespaces.sort(inOrder), unseen: unseen(seen.hidden) };
}

/** What is not ours to see, and who would. */
export function unseen(hidden: number): string[] {
  if (hidden === 0) return [];
  const who =
    hidden === 1
      ? '1 process does not show its namespaces'
      : `${hidden} processes do not show their namespaces`;
  return [
    process.geteuid?.() === 0 ? `${who}, not even to root` : `${who} to this user: root would see more`,
  ];
}

export function hostInodes(): ReadonlySet<number> {
  return new Set(Object.values(namespacesOf('self')).map(({ inode }) => inode));
}

function remember<K, V>(map: Map<K, V>, key: K, value: V): V {
  map.set(key, value);
  return value;
}

/** By kind; this host's first, then by who is in it. */
function inOrder(a: NamespaceFacts, b: NamespaceFacts): number {
  const order = ALL_KINDS.indexOf(a.kind) - ALL_KINDS.indexOf(b.kind);
  const host = Number(b.whose[0] === HOST) - Number(a.whose[0] === HOST);
  const pid = (a.pid ?? Number.POSITIVE_INFINITY) - (b.pid ?? Number.POSITIVE_INFINITY);
  return order || host || (Number.isNaN(pid) ? 0 : pid) || a.inode - b.inode;
}
