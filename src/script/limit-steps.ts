import { isOptionalLimit } from '../pod/limits.ts';
import type { ScriptedPod, ScriptedWorkload } from './scripted-pod.ts';
import { block, shellFunction } from './shell-blocks.ts';

/** Removes the cgroups of workloads with limits. Empty when no workload has any. */
export function limitSteps({ workloads }: ScriptedPod): string[] {
  const paths = workloads.flatMap(({ spec }) => spec.limitGroups.map(({ path }) => path));
  if (paths.length === 0) return [];
  return [
    shellFunction(
      'remove_cgroups',
      paths.map((path) => `remove_cgroup ${path} || return`),
    ),
    REMOVE_CGROUP,
  ];
}

/** Creates a workload's cgroups and enters them: the first thing that its process does. */
export function limitsOf({ limitGroups }: ScriptedWorkload['spec']): string[] {
  return limitGroups.flatMap(({ path, settings }) => [
    `mkdir -p ${path}`,
    ...settings.map(([file, value]) => {
      const write = `echo ${value} >${path}/${file}`;
      return isOptionalLimit(file) ? `[ ! -e ${path}/${file} ] || ${write}` : write;
    }),
    `echo 0 >${path}/cgroup.procs`,
  ]);
}

const REMOVE_CGROUP = block(`
# remove_cgroup PATH: rmdir fails until the last process has left the cgroup, a moment after its exit.
remove_cgroup() {
  polls=100
  while [ -d "$1" ] && ! rmdir "$1" 2>/dev/null; do
    [ "$polls" -gt 0 ] || return
    polls=$((polls - 1))
    sleep 0.02
  done
}`);
