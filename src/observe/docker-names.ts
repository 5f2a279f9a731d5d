import { readMaybe } from '../sys/procfs.ts';
import { argumentsOf } from './command.ts';
import type { ProcScan } from './scan-proc.ts';

/**
 * The name of a container of a running Docker engine. Its processes tell only the identifier; the engine keeps the name
 * beside it, below the data root that its own command line names. Asking the engine itself would need its socket.
 */
export function dockerName(id: string, processes: ProcScan['processes']): string | undefined {
  if (!/^[0-9a-f]{64}$/.test(id)) return undefined;
  for (const { pid, comm } of processes.values()) {
    if (comm !== 'dockerd') continue;
    const text = readMaybe(`/proc/${pid}/root${dataRoot(pid)}/containers/${id}/config.v2.json`);
    const name = text === undefined ? undefined : nameIn(text);
    if (name !== undefined) return name;
  }
  return undefined;
}

function dataRoot(pid: number): string {
  const argv = argumentsOf(pid);
  const at = argv.findIndex((word) => word === '--data-root' || word === '-g');
  const joined = argv.find((word) => word.startsWith('--data-root='))?.slice('--data-root='.length);
  return (at < 0 ? joined : argv[at + 1]) ?? configured(pid) ?? '/var/lib/docker';
}

/** dockerd's own file, where the command line says nothing. */
function configured(pid: number): string | undefined {
  try {
    const root = JSON.parse(readMaybe(`/proc/${pid}/root/etc/docker/daemon.json`) ?? '{}')['data-root'];
    return typeof root === 'string' ? root : undefined;
  } catch {
    return undefined;
  }
}

function nameIn(config: string): string | undefined {
  try {
    const { Name } = JSON.parse(config) as { Name?: unknown };
    return typeof Name === 'string' ? Name.replace(/^\//, '') : undefined;
  } catch {
    return undefined;
  }
}
