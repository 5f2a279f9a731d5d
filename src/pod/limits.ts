import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Limits } from '../spec/workload-spec.ts';
import { type Controller, findHierarchy, type Hierarchy, whyNoHierarchy } from '../sys/cgroup.ts';
import { directoryEntries } from '../sys/directory-entries.ts';
import { OperationError } from '../sys/errors.ts';
import { readMaybe } from '../sys/procfs.ts';
import { signalProcess } from '../sys/signal.ts';
import { type Host, KILL_PATIENCE } from './host.ts';
import type { PodFiles } from './store.ts';

/** The workload whose limits they are. */
interface Limited {
  readonly pod: Pick<PodFiles, 'root' | 'name'>;
  readonly workload: string;
}

/** The control groups of one workload. They are on record before they are made, so that gc can remove them. */
export interface LimitGroup {
  readonly path: string;
  /** What is written into which of its files. */
  readonly settings: ReadonlyArray<readonly [file: string, value: string]>;
}

/** One table: a limit, its controller, and how each version of cgroups spells it. */
const SPELLING: Readonly<
  Record<keyof Limits, { controller: Controller; 1: Spell; 2: Spell; optional?: readonly string[] }>
> = {
  // Documentation/admin-guide/cgroup-v1/memory.rst and cgroup-v2.rst. Without swap, as the kubelet; all or nothing at the end.
  memory: {
    controller: 'memory',
    1: (bytes) => [
      ['memory.limit_in_bytes', String(bytes)],
      ['memory.memsw.limit_in_bytes', String(bytes)],
    ],
    2: (bytes) => [
      ['memory.max', String(bytes)],
      ['memory.swap.max', '0'],
      ['memory.oom.group', '1'],
    ],
    optional: ['memory.memsw.limit_in_bytes', 'memory.swap.max', 'memory.oom.group'],
  },
  // Documentation/scheduler/sched-bwc.rst: so much of each tenth of a second; the kernel takes no less than 1 ms.
  cpu: {
    controller: 'cpu',
    1: (milli) => [
      ['cpu.cfs_period_us', '100000'],
      ['cpu.cfs_quota_us', String(Math.max(1000, milli * 100))],
    ],
    2: (milli) => [['cpu.max', `${Math.max(1000, milli * 100)} 100000`]],
  },
};

type Spell = (value: number) => [file: string, value: string][];

/** Which groups a workload needs. What this machine cannot keep to is said, and left out. */
export function planLimits(
  host: Pick<Host, 'instance' | 'warn'>,
  limits: Limits | undefined,
  owner: Limited,
): LimitGroup[] {
  const groups = new Map<string, [string, string][]>();
  for (const name of ['memory', 'cpu'] as const) {
    const value = limits?.[name];
    if (value === undefined) continue;
    const { controller, ...spell } = SPELLING[name];
    const hierarchy = findHierarchy(controller);
    if (!hierarchy) {
      host.warn(
        `workload "${owner.pod.name}/${owner.workload}": ${name} is not limited: ${whyNoHierarchy(controller)}`,
      );
      continue;
    }
    const path = groupPath(host, hierarchy, owner);
    if (existsSync(path)) {
      throw new OperationError(`the control group ${path} exists already`, {
        hint: `it has no record: if no process is in it, rmdir ${path}`,
      });
    }
    groups.set(path, [...(groups.get(path) ?? []), ...spell[hierarchy.version](value)]);
  }
  return [...groups].map(([path, settings]) => ({ path, settings }));
}

/** Makes them and gives the descriptors by which a process enters. The caller closes these. */
export function makeLimits({ cgroups, files }: Host, groups: readonly LimitGroup[]): number[] {
  return groups.map(({ path, settings }) => {
    if (!existsSync(path)) cgroups.make(path);
    for (const [file, value] of settings) {
      if (!isOptionalLimit(file) || existsSync(join(path, file))) cgroups.write(join(path, file), value);
    }
    return files.open(join(path, 'cgroup.procs'), 'entrance');
  });
}

/** Whether a machine may lack it, and the limit holds all the same. */
export function isOptionalLimit(file: string): boolean {
  return Object.values(SPELLING).some(({ optional }) => optional?.includes(file));
}

/** Removes a workload's, whatever has become of its record: their names follow from its own. Twice is fine. */
export async function removeLimits(
  host: Pick<Host, 'cgroups' | 'kernel' | 'until' | 'instance'>,
  owner: Limited,
): Promise<void> {
  for (const path of possibleGroups(host, owner)) await removeGroup(host, path);
}

/** The groups of this instance whose workload has no record. */
export function strayLimits(host: Pick<Host, 'instance'>, root: string, known: readonly Limited[]): string[] {
  const kept = new Set(known.flatMap((owner) => [...possibleGroups(host, owner)]));
  const prefix = groupPrefix(host, root);
  const found = directories().flatMap(({ path }) =>
    directoryEntries(path).flatMap((name) => (name.startsWith(prefix) ? [join(path, name)] : [])),
  );
  return [...new Set(found)].filter((path) => !kept.has(path));
}

export async function removeGroup(
  host: Pick<Host, 'cgroups' | 'kernel' | 'until'>,
  path: string,
): Promise<void> {
  // The last process may be going just now, or one may have left the workload's session to outlive it.
  const gone = () => host.cgroups.remove(path) || endMembers(host, path);
  if (!(await host.until(gone, KILL_PATIENCE)))
    throw new OperationError(`the control group ${path} cannot be removed: a process is still in it`, {
      hint: `list it: cat ${path}/cgroup.procs`,
    });
}

/** Every process in it is the workload's: setsid(2) leaves a process group, but never a control group. */
function endMembers({ kernel }: Pick<Host, 'kernel'>, path: string): false {
  const members = () => readMaybe(join(path, 'cgroup.procs'))?.split('\n').filter(Boolean).map(Number) ?? [];
  for (const pid of members()) {
    const process = { pid, isRunning: () => members().includes(pid) };
    signalProcess(kernel, process, 'SIGKILL', 'ends a process that is left in the control group');
  }
  return false;
}

function possibleGroups(host: Pick<Host, 'instance'>, owner: Limited): Set<string> {
  return new Set(directories().map((hierarchy) => groupPath(host, hierarchy, owner)));
}

function directories(): Hierarchy[] {
  return [findHierarchy('memory'), findHierarchy('cpu')].filter((hierarchy) => hierarchy !== undefined);
}

/** One group a workload, right below the root: nothing has to be handed on, and nothing but itself has to be undone. */
function groupPath(
  host: Pick<Host, 'instance'>,
  { path }: Hierarchy,
  { pod: { root, name }, workload }: Limited,
): string {
  return join(path, `${groupPrefix(host, root)}${name}.${workload}`);
}

/** The mark of a control group is the beginning of its name: the kernel keeps no comment on it. */
function groupPrefix(host: Pick<Host, 'instance'>, root: string): string {
  return `nslab-${host.instance(root).id}-`;
}
