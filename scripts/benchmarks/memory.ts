import { Host, program } from './host.ts';
import type { Memory } from './results.ts';

/** Enough of them that what the kernel sets aside in advance is little. */
const PODS = 50;

/** What keeps a pod with one workload alive, without the workload itself: PSS of processes, and the kernel's own share. */
export async function measureMemory(): Promise<Memory[]> {
  await using host = await Host.create();
  const found: Memory[] = [];
  await host.run(program.nslab('network', 'create', 'bench', '--type', 'ptp'));
  const before = await kernelsOwn(host);
  await host.sh(
    `for ((n = 0; n < ${PODS}; n++)); do ${program.nslab('hold').join(' ')} bench$n --network bench; done`,
  );
  found.push({
    what: 'kernel objects of a pod: namespaces, veth pair, a process',
    kB: ((await kernelsOwn(host)) - before) / PODS,
  });
  found.push({ what: 'nslab: holder (pause)', kB: await pss(host, 'pause') });
  await host.sh(
    `for ((n = 0; n < ${PODS}; n++)); do ${program.nslab('run', '-d', '--name', 'w').join(' ')} --pod bench$n -- sleep 1000; done`,
  );
  found.push({ what: 'nslab: shim of a workload', kB: await pss(host, 'shim') });
  await host.run(program.nslab('down', '--all'));
  const docker = (await host.engine())?.command().join(' ');
  if (!docker) return found.map(rounded);
  const few = 10;
  await host.sh(`for ((n = 0; n < ${few}; n++)); do ${docker} run -d --name bench$n pause:3.1; done`);
  found.push({ what: 'Docker: container’s shim', kB: await pss(host, 'containerd-shim') });
  found.push({ what: 'Docker: pause', kB: await pss(host, 'pause') });
  found.push({
    what: 'Docker: daemons, for all pods of the machine',
    kB: (await total(host, 'dockerd')) + (await total(host, 'containerd$')),
  });
  return found.map(rounded);
}

const rounded = ({ what, kB }: Memory): Memory => ({ what, kB: Math.round(kB) });

/** What the kernel has for itself and cannot give back: proc(5), meminfo. Per-processor data is most of a namespace. */
async function kernelsOwn(host: Host): Promise<number> {
  return Number(
    await host.sh(
      "sleep 1; awk '/^(SUnreclaim|Percpu|KernelStack|PageTables):/ { sum += $2 } END { print sum }' /proc/meminfo",
    ),
  );
}

/** Proportional set size: what is shared with others is divided among them (proc(5), smaps_rollup). */
async function sizes(host: Host, pattern: string): Promise<number[]> {
  const lines = await host.sh(
    `for p in /proc/[0-9]*; do { read -r name <$p/comm && [[ $name =~ ^${pattern} ]] && sed -n 's/^Pss: *\\([0-9]*\\) kB/\\1/p' $p/smaps_rollup; } 2>/dev/null; done; true`,
  );
  return lines.split('\n').filter(Boolean).map(Number);
}

async function total(host: Host, pattern: string): Promise<number> {
  return (await sizes(host, pattern)).reduce((sum, each) => sum + each, 0);
}

async function pss(host: Host, pattern: string): Promise<number> {
  const all = await sizes(host, pattern);
  if (all.length === 0) throw new Error(`no process is called ${pattern}`);
  return all.reduce((sum, each) => sum + each, 0) / all.length;
}
