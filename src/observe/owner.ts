import type { Owner } from '../spec/wiring.ts';
import { argumentsOf } from './command.ts';
import { dockerName } from './docker-names.ts';
import type { ProcScan, ScannedNamespace, ScannedProcess } from './scan-proc.ts';

/** The processes of our pods, by pid, as their records name them. */
export type KnownOwners = ReadonlyMap<number, Owner>;

/** Returns a function that gives a process's owner: its own, or that of its nearest ancestor that has one. */
export function findOwner(
  { processes }: Pick<ProcScan, 'processes'>,
  known: KnownOwners,
): (pid: number) => Owner | undefined {
  const cache = new Map<number, Owner | undefined>();
  return ownerOf;

  function ownerOf(pid: number): Owner | undefined {
    if (cache.has(pid)) return cache.get(pid);
    // Set before the recursion: a loop of parents, possible when pids were reused during the scan, ends.
    cache.set(pid, undefined);
    const process = processes.get(pid);
    const owner =
      known.get(pid) ?? (process && ownerByCommand(process)) ?? (process && ownerOf(process.parent));
    cache.set(pid, owner);
    return owner;
  }

  function ownerByCommand({ pid, parent, comm }: ScannedProcess): Owner | undefined {
    const above = processes.get(parent);
    // The shim or monitor itself belongs to the engine; its children belong to the container.
    if (above?.comm.startsWith('containerd-shim')) return fromShim(parent, processes);
    if (above?.comm === 'conmon') return fromConmon(parent);
    if (SHELLS.test(comm)) return fromMininet(pid);
    return undefined;
  }
}

export const HOST: Owner = { by: 'host', name: 'this host' };

/** The owners of a namespace: those of its processes, each once; without any, its names in /run/netns. */
export function owners(namespace: ScannedNamespace, ownerOf: (pid: number) => Owner | undefined): Owner[] {
  const found = new Map<string, Owner>();
  for (const reference of namespace.references) {
    if (reference.by !== 'process' && reference.by !== 'thread' && reference.by !== 'children') continue;
    const one = ownerOf(reference.pid);
    if (!one) continue;
    const { by, name, member } = one;
    const before = found.get(`${by} ${name}`);
    // Used by one member alone, it is that member's; used by several, or by the holder, the whole pod's.
    found.set(`${by} ${name}`, !before || before.member === member ? one : { by, name });
  }
  if (found.size > 0) return [...found.values()];
  return netnsNames(namespace).map((name) => ({ by: 'netns', name }));
}

/** `pod web`, `pod web/nginx`, `docker db`, `this host`. */
export function ownerName({ by, name, member }: Owner): string {
  if (by === 'host') return name;
  return `${by} ${name}${member === undefined ? '' : `/${member}`}`;
}

/** The names of a network namespace in /run/netns: ip-netns(8). */
function netnsNames({ kind, references }: Pick<ScannedNamespace, 'kind' | 'references'>): string[] {
  if (kind !== 'net') return [];
  const names = references.flatMap((reference) =>
    reference.by === 'mount' ? (NETNS.exec(reference.path)?.[1] ?? []) : [],
  );
  return [...new Set(names)].sort();
}

const NETNS = /^\/(?:var\/)?run\/netns\/([^/]+)$/;
const SHELLS = /^(bash|sh|dash|mnexec)$/;

/** containerd's shim is started as `containerd-shim-runc-v2 -namespace NS -id ID …`; Docker's namespace is `moby`. */
function fromShim(pid: number, processes: ProcScan['processes']): Owner | undefined {
  const argv = argumentsOf(pid);
  const id = after(argv, '-id');
  if (id === undefined) return undefined;
  if (after(argv, '-namespace') !== 'moby') return { by: 'containerd', name: short(id) };
  return { by: 'docker', name: dockerName(id, processes) ?? short(id) };
}

/** Podman's monitor is started as `conmon … -c ID -u ID … -n NAME …`. */
function fromConmon(pid: number): Owner | undefined {
  const argv = argumentsOf(pid);
  const name = after(argv, '-n') ?? after(argv, '-c');
  return name === undefined ? undefined : { by: 'podman', name: short(name) };
}

/** Mininet's hosts are shells whose last argument is `mininet:NAME`. */
function fromMininet(pid: number): Owner | undefined {
  const name = /^mininet:(.+)$/.exec(argumentsOf(pid).at(-1) ?? '')?.[1];
  return name === undefined ? undefined : { by: 'mininet', name };
}

/** The value of the last occurrence of an option. */
function after(argv: readonly string[], option: string): string | undefined {
  const at = argv.lastIndexOf(option);
  return at < 0 ? undefined : argv[at + 1];
}

/** The first 12 digits of a container's identifier, as engines print it. A name is returned unchanged. */
function short(id: string): string {
  return /^[0-9a-f]{64}$/.test(id) ? id.slice(0, 12) : id;
}
