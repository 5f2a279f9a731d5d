import { readlinkSync, statSync } from 'node:fs';
import type { Test } from 'tap';
import type { PretendHost } from '../campaign/pretend-host.ts';
import { eventually } from '../eventually.ts';
import { inProcessStarts } from '../process-starts.ts';
import type { KernelHost } from './host.ts';

export const KINDS = ['net', 'ipc', 'uts', 'pid', 'mnt', 'user', 'cgroup', 'time'] as const;

export type Inodes = Readonly<Record<string, number>>;

/** What the kernel itself says of a process's namespaces: read by the test, through the pretend host's own /proc. */
export function inodesOf(host: PretendHost, pid: number): Inodes {
  return Object.fromEntries(
    KINDS.map((kind) => {
      const path = `/proc/${host.pid}/root/proc/${pid}/ns/${kind}`;
      const inode = statSync(path).ino;
      // Two ways to ask, and they must agree: the file's own inode, and the name that the link shows.
      if (readlinkSync(path) !== `${kind}:[${inode}]`) throw new Error(`${path} is not ${inode}`);
      return [kind, inode];
    }),
  );
}

/** A line of `nslab ps -a -o json`. */
export interface Item {
  readonly pod: string;
  readonly name: string;
  readonly role: string;
  readonly state: string;
  readonly pid: number | null;
  readonly restarts: number;
  readonly address: string | null;
}

/** What `ps -a` says, by `POD/NAME`; the holder is `POD/pause`. */
export async function listed({ must }: KernelHost): Promise<Map<string, Item>> {
  const { items } = JSON.parse(await must(['ps', '-a', '-o', 'json'])) as { items: Item[] };
  return new Map(items.map((item) => [`${item.pod}/${item.name}`, item]));
}

/** The pid of something that must run. */
export async function pidOf(host: KernelHost, name: string): Promise<number> {
  const pid = (await listed(host)).get(name)?.pid;
  if (typeof pid !== 'number') throw new Error(`${name} does not run`);
  return pid;
}

/** What `nslab inspect` says of a workload. */
export interface WorkloadFacts {
  readonly state: string;
  readonly ready: boolean;
  readonly pid: number | null;
  readonly exitCode: number | null;
  readonly signal: number | null;
  readonly restarts: number;
}

export async function inspected<Facts = WorkloadFacts>(
  { must }: Pick<KernelHost, 'must'>,
  name: string,
): Promise<Facts> {
  const { items } = JSON.parse(await must(['inspect', name])) as { items: [Facts] };
  const [facts] = items;
  return facts;
}

/** What its shim has written down, for what the kernel does not keep: restarts, an exit status. */
export function recorded(
  host: KernelHost,
  workload: string,
): Promise<WorkloadFacts & { readonly note: string }> {
  return inspected(host, workload);
}

/**
 * Makes a file that a workload waits for. From outside: a command of `exec` ends with its workload, and one that has told
 * a workload to end is killed with it, on some machines before it could end by itself.
 */
export async function tell(host: Pick<KernelHost, 'must' | 'sh'>, name: string, path: string): Promise<void> {
  await host.sh(`touch /proc/${(await inspected(host, name)).pid}/root${path}`);
}

/** Waits until somebody listens on a port, in the namespace of a process (default: the host's). */
export async function listens(
  { host }: KernelHost,
  port: number,
  pid?: number,
  udp = false,
): Promise<boolean> {
  const enter = pid === undefined ? [] : ['nsenter', '-t', String(pid), '-n'];
  const asked = [...enter, 'ss', '-Hln', udp ? '-u' : '-t', `sport = :${port}`];
  return await eventually(async () => (await host.run(asked)).stdout !== '');
}

/** R13: beyond what it may wait for a down takes so many process starts for each pod, and needs a quarter of them. */
const MOST_STARTS = 60;

/** Holds what a down has taken, beyond the grace of its workloads, against the cost of a process start just now. */
export async function downIsBounded(t: Test, what: string, ms: number, pods = 1): Promise<void> {
  const starts = Math.round(await inProcessStarts(ms));
  t.ok(starts < MOST_STARTS * pods, `${what}: as long as ${starts} process starts`);
}

/** The words of a command's output. */
export function words(text: string): string[] {
  return text.split(/\s+/).filter(Boolean);
}
