import { readMaybe } from '../sys/procfs.ts';
import { argumentsOf } from './command.ts';
import type { ProcScan } from './scan-proc.ts';

/**
 * The name of a container of a running Docker engine. The container's processes show only its identifier. The name stands
 * in config.v2.json below the engine's data root, which can be read without access to the engine's socket.
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

/** `data-root` in /etc/docker/daemon.json. */
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
