import type { PretendHost } from './pretend-host.ts';
import type { Program } from './program.ts';

interface Subject {
  readonly program: Program;
  readonly pod: string;
}

/**
 * Whether a pod is whole: nslab reports it as running (or so), *and* by the kernel's facts its holder is in its own network
 * namespace, where eth0 is up and has an address.
 */
export async function podIsWhole(
  host: PretendHost,
  { program, pod }: Subject,
  state: 'Running' | 'Completed' = 'Running',
): Promise<boolean> {
  const facts = await inspect(host, program, pod);
  return facts?.state === state && (await hasOwnNetwork(host, facts.holder?.pid));
}

/** Whether the pod is whole and its workload `name` runs, by both again: it must be in the holder's network namespace. */
export async function workloadIsWhole(
  host: PretendHost,
  { program, pod }: Subject,
  name: string,
): Promise<boolean> {
  const facts = await inspect(host, program, pod);
  const workload = facts?.workloads?.find((one) => one.name === name);
  // A workload of a terminating pod may still run: `down` is on record, and gc finishes it.
  if (facts?.state !== 'Running' || !facts.holder) return false;
  if (workload?.state !== 'Running' || !workload.pid) return false;
  const { status } = await host.run([
    'test',
    `/proc/${workload.pid}/ns/net`,
    '-ef',
    `/proc/${facts.holder.pid}/ns/net`,
  ]);
  return status === 0 && (await hasOwnNetwork(host, facts.holder.pid));
}

/**
 * Whether a network is whole: nslab reports it as ready, *and* the kernel has its nft table and its bridge, which is up with
 * the gateway's address (`ptp` has no bridge).
 */
export async function networkIsWhole(host: PretendHost, program: Program, name: string): Promise<boolean> {
  const { status, stdout } = await host.run([...program.argv, 'network', 'inspect', name], program);
  if (status !== 0) return false; // no such network
  const { items } = JSON.parse(stdout) as {
    items: { ready: boolean; table: string; bridge?: string; gateway: string }[];
  };
  const [network] = items;
  if (!network?.ready) return false;
  const table = await host.run(['nft', 'list', 'table', 'ip', network.table]);
  if (table.status !== 0 || network.bridge === undefined) return table.status === 0;
  const link = await host.run(['ip', '-j', 'addr', 'show', 'dev', network.bridge]);
  if (link.status !== 0) return false;
  const [bridge] = JSON.parse(link.stdout) as { flags: string[]; addr_info: { local: string }[] }[];
  return (
    bridge?.flags.includes('UP') === true && bridge.addr_info.some(({ local }) => local === network.gateway)
  );
}

interface Inspected {
  readonly state?: string;
  readonly holder?: { readonly pid: number };
  readonly workloads?: readonly { readonly name: string; readonly state: string; readonly pid?: number }[];
}

async function inspect(host: PretendHost, program: Program, pod: string): Promise<Inspected | undefined> {
  const { status, stdout } = await host.run([...program.argv, 'inspect', pod, '-o', 'json'], program);
  if (status !== 0) return undefined; // no such pod
  return (JSON.parse(stdout) as { items: Inspected[] }).items[0];
}

async function hasOwnNetwork(host: PretendHost, holder: number | undefined): Promise<boolean> {
  if (holder === undefined) return false;
  const { status, stdout } = await host.run(['bash', '-c', EVIDENCE, '-', String(holder)]);
  if (status !== 0) return false;
  const [eth0] = JSON.parse(stdout) as { flags: string[]; addr_info: { family: string }[] }[];
  return eth0?.flags.includes('UP') === true && eth0.addr_info.some(({ family }) => family === 'inet');
}

const EVIDENCE = `
[ /proc/$1/ns/net -ef /proc/1/ns/net ] && exit 1
exec nsenter -t "$1" -n ip -j addr show dev eth0`;
