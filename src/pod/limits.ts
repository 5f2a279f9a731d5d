import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Limits } from '../spec/workload-spec.ts';
import { type Controller, findHierarchy, type Hierarchy, whyNoHierarchy } from '../sys/cgroup.ts';
import { OperationError } from '../sys/errors.ts';
import { identify, readMaybe } from '../sys/procfs.ts';
import { signalProcess } from '../sys/signal.ts';
import type { Host } from './host.ts';

interface Owner {
  readonly pod: string;
  readonly workload: string;
}

/** The control groups of one workload: on record before they are made, so that whoever finds the record can remove them. */
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
  limits: Limits | undefined,
  owner: Owner,
  warn: (line: string) => void,
): LimitGroup[] {
  const groups = new Map<string, [string, string][]>();
  for (const name of ['memory', 'cpu'] as const) {
    const value = limits?.[name];
    if (value === undefined) continue;
    const { controller, ...spell } = SPELLING[name];
    const hierarchy = findHierarchy(controller);
    if (!hierarchy) {
      warn(
        `workload "${owner.pod}/${owner.workload}": ${name} is not limited: ${whyNoHierarchy(controller)}`,
      );
      continue;
    }
    const path = groupPath(hierarchy, owner);
    if (existsSync(path)) {
      throw new OperationError(`the control group ${path} exists already`, {
        hint: `it is not on our record: rmdir ${path}, if nobody is in it`,
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
  host: Pick<Host, 'cgroups' | 'kernel' | 'until'>,
  owner: Owner,
): Promise<void> {
  for (const path of possibleGroups(owner)) {
    // The last process may be going just now, or one may have left the workload's session to outlive it.
    const gone = () => host.cgroups.remove(path) || endMembers(host, path);
    if (await host.until(gone, 2000)) continue;
    throw new OperationError(`the control group ${path} cannot be removed: somebody is still in it`, {
      hint: `see who: cat ${path}/cgroup.procs`,
    });
  }
}

/** Whoever is in it is the workload's: a process leaves its group by setsid(2), but never its control group. */
function endMembers({ kernel }: Pick<Host, 'kernel'>, path: string): false {
  const members = () => readMaybe(join(path, 'cgroup.procs'))?.split('\n').filter(Boolean).map(Number) ?? [];
  const found = members().flatMap((pid) => identify(pid) ?? []);
  // Asked again: of a number that changed hands meanwhile, this would be the wrong bearer.
  const still = new Set(members());
  for (const process of found) if (still.has(process.pid)) signalProcess(kernel, process, 'SIGKILL');
  return false;
}

function possibleGroups(owner: Owner): Set<string> {
  const hierarchies = [findHierarchy('memory'), findHierarchy('cpu')];
  return new Set(hierarchies.flatMap((hierarchy) => (hierarchy ? [groupPath(hierarchy, owner)] : [])));
}

/** One group a workload, right below the root: nothing has to be handed on, and nothing but itself has to be undone. */
function groupPath({ path }: Hierarchy, { pod, workload }: Owner): string {
  return join(path, `nslab-${pod}.${workload}`);
}
