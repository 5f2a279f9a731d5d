import type { Owner } from '../spec/wiring.ts';
import { argumentsOf } from './command.ts';
import { dockerName } from './docker-names.ts';
import type { ProcScan, ScannedNamespace, ScannedProcess } from './scan-proc.ts';

/** The processes that are known by name: our pods'. */
export type Known = ReadonlyMap<number, Owner>;

/** Tells whose a process is, by the nearest of its ancestors that says so. */
export function findOwner(
  { processes }: Pick<ProcScan, 'processes'>,
  known: Known,
): (pid: number) => Owner | undefined {
  const told = new Map<number, Owner | undefined>();
  return tell;

  function tell(pid: number): Owner | undefined {
    if (told.has(pid)) return told.get(pid);
    told.set(pid, undefined);
    const process = processes.get(pid);
    const whose = known.get(pid) ?? (process && ownWord(process)) ?? (process && tell(process.parent));
    told.set(pid, whose);
    return whose;
  }

  function ownWord({ pid, parent, comm }: ScannedProcess): Owner | undefined {
    const above = processes.get(parent);
    // A shim or a monitor is the engine's own, and no part of the container: its children are.
    if (above?.comm.startsWith('containerd-shim')) return fromShim(parent, processes);
    if (above?.comm === 'conmon') return fromConmon(parent);
    if (SHELLS.test(comm)) return fromMininet(pid);
    return undefined;
  }
}

export const HOST: Owner = { by: 'host', name: 'this host' };

/** Owner a namespace is: of all that are in it, each once; or else its name in /run/netns. */
export function owners(namespace: ScannedNamespace, whose: (pid: number) => Owner | undefined): Owner[] {
  const found = new Map<string, Owner>();
  for (const hold of namespace.holds) {
    if (hold.by !== 'process' && hold.by !== 'thread' && hold.by !== 'children') continue;
    const one = whose(hold.pid);
    if (!one) continue;
    const { by, name, member } = one;
    const before = found.get(`${by} ${name}`);
    // Of one member alone it is that member's; of several, or of the holder, the whole pod's.
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
function netnsNames({ kind, holds }: Pick<ScannedNamespace, 'kind' | 'holds'>): string[] {
  if (kind !== 'net') return [];
  const names = holds.flatMap((hold) => (hold.by === 'mount' ? (NETNS.exec(hold.path)?.[1] ?? []) : []));
  return [...new Set(names)].sort();
}

const NETNS = /^\/(?:var\/)?run\/netns\/([^/]+)$/;
const SHELLS = /^(bash|sh|dash|mnexec)$/;

/** containerd's shim is started as `containerd-shim-runc-v2 -namespace moby -id ID …`; Docker is the one that calls itself moby. */
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

/** An option's value: the last one counts. */
function after(argv: readonly string[], option: string): string | undefined {
  const at = argv.lastIndexOf(option);
  return at < 0 ? undefined : argv[at + 1];
}

/** An identifier as engines show it. A name stays as it is. */
function short(id: string): string {
  return /^[0-9a-f]{64}$/.test(id) ? id.slice(0, 12) : id;
}
